"""Which comparisons of a policy mean the same in Polar and in SQL, and why the others do not."""

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
    closest_match,
)
from authz.model.actor_attributes import Trait

_DATA = (ColumnValue, RowValue, ManyValue, ParameterValue, FlagValue)
_DATA_WITH_DATA = TypeCheckError(
    "Data is compared with data: Oso would drop the condition and allow every row.",
    "Compare each side with a literal or with the actor; rows are tied together by relations only.",
)
_LEFT = TypeCheckError(
    "The column has to stand on the left: Oso drops the condition otherwise.", "Turn it around: `a.b < 5`."
)


def check_comparison(operator: str, left: OperandType, right: OperandType) -> None:
    """Raises Unknown when `left operator right` is not let through. `operator` is not `in`."""
    for kind in (left, right):
        if isinstance(kind, Unbound):
            raise TypeCheckError(
                f"The variable {kind.name} stands for nothing here.",
                "Write the path out, or give it to a rule as an argument.",
            )
        if isinstance(kind, ListValue | ActorValue):
            raise TypeCheckError(
                "This cannot be compared as a whole.", "Compare one column at a time; for a list use `in`."
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
            raise TypeCheckError("A flag can be asked for, not denied.", "Ask for the opposite flag, as user.present.")
        case ((TraitValue() | TraitElement()), _):
            check_trait(data, other)
        case _, (TraitValue() | TraitElement()):
            check_trait(other, data)
        case _:
            raise TypeCheckError(
                "These cannot be compared.", "An id is compared with actor.id, a column with a literal."
            )


def _check_order(left: OperandType, right: OperandType) -> None:
    if isinstance(right, _DATA):
        raise _LEFT
    if not isinstance(left, ColumnValue) or left.column.scalar is not str or left.column.allowed_values is not None:
        raise TypeCheckError(
            "These have no order that is the same in SQL.", "Order is for columns that hold free text."
        )
    if not isinstance(right, ConstantValue) or not isinstance(right.value, str):
        raise TypeCheckError("Text is compared with text.", 'Write a literal on the right: account.name < "M".')


def check_member(left: OperandType, right: OperandType) -> None:
    """Raises Unknown when `left in right` is not let through, `left` being something that is already known."""
    if isinstance(right, ManyValue):
        raise TypeCheckError(
            "An element of a relation needs a variable of its own.", "Write `x in row.relation` with a new x."
        )
    match left, right:
        case ((ColumnValue() | ParameterValue() | TraitElement() | TraitValue()), ListValue(values)):
            for value in values:
                check_comparison("=", left, ConstantValue(value))  # type: ignore[arg-type]
            if not values:
                raise TypeCheckError("An empty list holds nothing.", "Remove the rule, or name the values.")
        case ((ColumnValue() | ParameterValue() | ConstantValue()), TraitValue(Trait(scalar=kind) as trait)) if (
            kind is list
        ):
            word = TraitElement(trait)
            check_comparison("=", *((left, word) if not isinstance(left, ConstantValue) else (word, left)))
        case _:
            raise TypeCheckError(
                "`in` takes a relation, a list of literals, actor.permissions or client.scopes on its right.",
                "A text is not searched by `in`.",
            )


def check_trait(trait: OperandType, other: OperandType) -> None:
    """Raises Unknown when a trait cannot equal `other`."""
    match trait, other:
        case TraitValue(None), (ConstantValue() | TraitValue()):
            return
        case ((TraitValue(Trait() as known) | TraitElement(known)), (ConstantValue() | TraitValue() | TraitElement())):
            scalar = known.scalar if isinstance(trait, TraitValue) else str
            if scalar is not list:
                check_enum_value(scalar, known.allowed_values, other)
                return
    raise TypeCheckError("These cannot be compared.", 'Ask for a permission with: "BILLING_VIEW" in actor.permissions.')


def check_enum_value(scalar: type, words: type[StrEnum] | None, other: OperandType) -> None:
    """Raises Unknown when a value of the type `scalar`, out of `words` if given, cannot equal `other`."""
    match other:
        case ConstantValue(value):
            if type(value) is not scalar:
                raise TypeCheckError(
                    f"This is {_named(scalar)}, and the literal is not.", "Compare with a value of its type."
                )
            if words is not None and value not in tuple(words):
                raise TypeCheckError(
                    f"{value!r} is none of its values.",
                    f"{closest_match(str(value), words)} They are: {', '.join(words)}.".lstrip(),
                )
        case TraitValue(Trait() as trait) | TraitElement(trait):
            other_scalar = trait.scalar if isinstance(other, TraitValue) else str
            if other_scalar is not scalar or (words and trait.allowed_values and words is not trait.allowed_values):
                raise TypeCheckError("These two never hold the same value.", "Compare with a value of its type.")
        case TraitValue(None):
            raise TypeCheckError("What a method gives is compared with a literal only.", "Compare with a literal.")


def _named(scalar: type) -> str:
    return {str: "text", bool: "true or false"}.get(scalar, f"of type {scalar.__name__}")
