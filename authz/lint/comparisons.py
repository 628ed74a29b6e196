"""The comparisons that mean the same in Polar and in SQL, and the reasons why others don't."""

from enum import StrEnum

from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    FlagValue,
    IdentityValue,
    ListValue,
    ManyValue,
    OperandType,
    ParameterValue,
    RowValue,
    TraitElement,
    TraitValue,
    TypeCheckError,
    Unbound,
    unknown_value,
)
from authz.model.actor_attributes import Trait

_DATA = (ColumnValue, RowValue, ManyValue, ParameterValue, FlagValue)
_DATA_WITH_DATA = TypeCheckError(
    "Data is compared with data: Oso would drop the condition and allow every row.",
    "Compare each side with a literal or with the actor; only relations connect rows.",
)
_NOT_ON_THE_LEFT = TypeCheckError(
    "The column must be on the left: otherwise, Oso drops the condition.",
    'Turn it around: `account.name < "M"`.',
)


def check_comparison(operator: str, left: OperandType, right: OperandType) -> None:
    """Raises TypeCheckError if `left operator right` is not supported. `operator` is not `in`."""
    for operand_type in (left, right):
        if isinstance(operand_type, Unbound):
            raise TypeCheckError(
                f"The variable {operand_type.name} has no value here.",
                "Write the path out, or pass it to a rule as an argument.",
            )
        if isinstance(operand_type, ListValue | ActorValue):
            raise TypeCheckError(
                "This cannot be compared as a whole.", "Compare one column at a time; for a list, use `in`."
            )
    if isinstance(left, _DATA) and isinstance(right, _DATA):
        raise _DATA_WITH_DATA
    if operator in ("=", "==", "!="):
        _check_equality(*((left, right) if isinstance(left, _DATA) else (right, left)))
    else:
        _check_order(left, right)


def _check_equality(data: OperandType, other: OperandType) -> None:
    match data, other:
        case ((RowValue() | ColumnValue()), ConstantValue(None)):
            return
        case ColumnValue(column), IdentityValue() if column.scalar.__name__ == "UUID":
            return
        case ColumnValue(column), (ConstantValue() | TraitValue() | TraitElement()):
            check_enum_value(column.scalar, column.allowed_values, other)
        case ParameterValue(scalar), (ConstantValue() | TraitValue() | TraitElement()):
            check_enum_value(scalar, None, other)
        case FlagValue(), ConstantValue(True):
            return
        case FlagValue(), _:
            raise TypeCheckError(
                "A flag can be required, but not negated.", "Use the opposite flag, such as user.present."
            )
        case ((TraitValue() | TraitElement()), _):
            check_trait(data, other)
        case _, (TraitValue() | TraitElement()):
            check_trait(other, data)
        case _:
            raise TypeCheckError(
                "These cannot be compared.", "Compare an id with actor.id, and a column with a literal."
            )


def _check_order(left: OperandType, right: OperandType) -> None:
    if isinstance(right, _DATA):
        raise _NOT_ON_THE_LEFT
    if not isinstance(left, ColumnValue) or left.column.scalar is not str or left.column.allowed_values is not None:
        raise TypeCheckError(
            "The order of these is not the same in SQL.", "Use < <= > >= only with columns that hold free text."
        )
    if not isinstance(right, ConstantValue) or not isinstance(right.value, str):
        raise TypeCheckError(
            "Text can be compared only with text.", 'Write a literal on the right: account.name < "M".'
        )


def check_member(left: OperandType, right: OperandType) -> None:
    """Raises TypeCheckError if `left in right` is not supported. `left` is not an unbound variable."""
    if isinstance(right, ManyValue):
        raise TypeCheckError(
            "An element of a relation needs a variable of its own.", "Write `x in row.relation` with a new x."
        )
    match left, right:
        case ((ColumnValue() | ParameterValue() | TraitElement() | TraitValue()), ListValue(values)):
            for value in values:
                check_comparison("=", left, ConstantValue(value))  # type: ignore[arg-type]
            if not values:
                raise TypeCheckError("An empty list contains nothing.", "Remove the rule, or list the values.")
        case ((ColumnValue() | ParameterValue() | ConstantValue()), TraitValue(Trait(scalar=scalar) as trait)) if (
            scalar is list
        ):
            element = TraitElement(trait)
            check_comparison("=", *((left, element) if not isinstance(left, ConstantValue) else (element, left)))
        case _:
            raise TypeCheckError(
                "`in` takes a relation, a list of literals, actor.permissions or client.scopes on its right.",
                "Use one of these: `in` does not search text.",
            )


def check_trait(trait: OperandType, other: OperandType) -> None:
    """Raises TypeCheckError if a trait cannot equal `other`."""
    match trait, other:
        case TraitValue(None), (ConstantValue() | TraitValue()):
            return
        case (
            (TraitValue(Trait() as declared) | TraitElement(declared)),
            (ConstantValue() | TraitValue() | TraitElement()),
        ):
            scalar = declared.scalar if isinstance(trait, TraitValue) else str
            if scalar is not list:
                check_enum_value(scalar, declared.allowed_values, other)
                return
    raise TypeCheckError("These cannot be compared.", 'Check a permission with "BILLING_VIEW" in actor.permissions.')


def check_enum_value(scalar: type, allowed_values: type[StrEnum] | None, other: OperandType) -> None:
    """Raises TypeCheckError if a value of type `scalar`, one of `allowed_values` if given, cannot equal `other`."""
    match other:
        case ConstantValue(value):
            if type(value) is not scalar:
                raise TypeCheckError(
                    f"This is {_type_label(scalar)}, and the literal is not.", "Compare it with a value of its type."
                )
            if allowed_values is not None and value not in tuple(allowed_values):
                raise TypeCheckError(*unknown_value(str(value), allowed_values))
        case TraitValue(Trait() as trait) | TraitElement(trait):
            other_scalar = trait.scalar if isinstance(other, TraitValue) else str
            if other_scalar is not scalar or (
                allowed_values and trait.allowed_values and allowed_values is not trait.allowed_values
            ):
                raise TypeCheckError("These two never have the same value.", "Compare it with a value of its type.")
        case TraitValue(None):
            raise TypeCheckError("The result of a method can be compared only with a literal.", "Write a literal.")


def _type_label(scalar: type) -> str:
    return {str: "text", bool: "true or false"}.get(scalar, f"of type {scalar.__name__}")
