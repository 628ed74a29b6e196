"""Static types of the operands in a policy, inferred from its text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from authz.actor import ActorKind
from authz.language.ast import ListLiteral, Literal, MethodCall, Operand, Parameter, PathExpression
from authz.lint.unknown_words import Addition, no_such_value, pointer
from authz.model.actor_attributes import ACTOR_ATTRIBUTES, Trait
from authz.model.resources import TYPES, Column, Relation, ResourceFlag, attributes
from models import Base

SCALARS: Mapping[str, type] = {"String": str, "Boolean": bool}
_METHODS: Mapping[type, tuple[str, ...]] = {str: ("startswith", "endswith"), list: ("count",)}


@dataclass(frozen=True, slots=True)
class ActorValue:
    """The actor itself, or the owner of an actor that is an API client."""

    kind: ActorKind


@dataclass(frozen=True, slots=True)
class IdentityValue:
    """`actor.id`, `actor.organization_id` or `client.id`."""


@dataclass(frozen=True, slots=True)
class TraitValue:
    """A trait of the actor; if `trait` is None, the result of a method of one."""

    trait: Trait | None


@dataclass(frozen=True, slots=True)
class TraitElement:
    """A variable bound to one value of a list trait."""

    trait: Trait


@dataclass(frozen=True, slots=True)
class RowValue:
    """A row: a parameter, an element of a relation, or the end of a to-one relation; `non_null` if it is never nil."""

    model: type[Base]
    non_null: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class ManyValue:
    """A to-many relation."""

    model: type[Base]


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """A column of a row."""

    column: Column


@dataclass(frozen=True, slots=True)
class FlagValue:
    """A virtual flag of a row."""


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """A parameter of type String or Boolean; its argument can be data as well as a literal."""

    type: type


@dataclass(frozen=True, slots=True)
class ConstantValue:
    """A literal."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list of literals."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Unbound:
    """A variable without a value so far."""

    name: str


OperandType = (
    ActorValue
    | IdentityValue
    | TraitValue
    | TraitElement
    | RowValue
    | ManyValue
    | ColumnValue
    | FlagValue
    | ParameterValue
    | ConstantValue
    | ListValue
    | Unbound
)
TypeEnvironment = Mapping[str, OperandType]


class TypeCheckError(Exception):
    """An operand that is not supported; `reason` and `suggestion` are for the diagnostic."""

    def __init__(self, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


def infer_type(operand: Operand, environment: TypeEnvironment) -> OperandType:
    """Returns the type of `operand`, given the types of the variables. Raises TypeCheckError."""
    match operand:
        case Literal(_, value):
            return ConstantValue(value)
        case ListLiteral(_, items):
            values = [item.value if isinstance(item, Literal) else _not_literal() for item in items]
            return ListValue(tuple(values))
        case MethodCall(_, path, arguments):
            return _method(path, arguments, environment)
        case PathExpression(_, root, steps):
            operand_type: OperandType = environment.get(root, Unbound(root))
            for step in steps:
                operand_type = _step(operand_type, root, step)
            return operand_type


def parameter_type(parameter: Parameter) -> OperandType:
    """Returns the type of a rule's parameter. Raises TypeCheckError if it has none, or an unknown one."""
    if parameter.literal is not None:
        return ConstantValue(parameter.literal.value)
    return _named_type(parameter.type)


@cache
def _named_type(name: str | None) -> OperandType:
    if name is None:
        raise TypeCheckError("A parameter without a type accepts anything, including nil.", _type_suggestion())
    if name in SCALARS:
        return ParameterValue(SCALARS[name])
    if name in TYPES:
        return RowValue(TYPES[name])
    if name in tuple(ActorKind):
        return ActorValue(ActorKind(name))
    raise TypeCheckError(f"There is no type {name}.", _type_suggestion(name))


def did_you_mean(name: str, names: Iterable[str], addition: Addition | None = None) -> str:
    """Suggests the one of `names` that is most like `name`; if none is, all of them.

    With `addition`, also says that a developer can add such a name.
    """
    names = sorted(names)
    suggestion = closest_match(name, names) or f"Use one of: {', '.join(names)}."
    return suggestion if addition is None else suggestion + pointer(name, names, addition)


def unknown_value(word: str, values: Iterable[str]) -> tuple[str, str]:
    """Returns the reason and the suggestion for a `word` that must be one of `values`, and isn't."""
    values = list(map(str, values))
    reason, addition = no_such_value(word, values)
    suggestion = f"{closest_match(word, values)} Use one of: {', '.join(values)}.".lstrip()
    return reason, suggestion + pointer(word, values, addition)


def closest_match(name: str, names: Iterable[str]) -> str:
    """Returns "Did you mean …?" with the one of `names` that is most like `name`, or "" if none is."""
    by_folded_name = {candidate.casefold(): candidate for candidate in names}
    close = get_close_matches(name.casefold(), by_folded_name, 1)
    return f"Did you mean {by_folded_name[close[0]]}?" if close else ""


def _type_suggestion(name: str = "") -> str:
    names = (*ActorKind, *TYPES, *SCALARS)
    suggestion = f"{closest_match(name, names)} Use one of the types {', '.join(names)}.".lstrip()
    return suggestion + pointer(name, names, Addition.TYPE) if name else suggestion


def _not_literal() -> object:
    raise TypeCheckError(
        "A list may contain only literals: otherwise, Oso would allow every row.",
        "Write one condition per value, joined with `or`.",
    )


def _step(operand_type: OperandType, root: str, step: str) -> OperandType:
    match operand_type:
        case ActorValue(kind):
            return _actor_attribute(kind, root, step)
        case RowValue(model, non_null):
            return _attribute(model, step, non_null)
        case ManyValue(model):
            raise TypeCheckError(
                f"This relation leads to many rows of {model.__name__}.", f"Take one: `x in …`, then use x.{step}."
            )
        case Unbound("_"):
            raise TypeCheckError("`_` stands for anything: it has no value here.", "Give it a name, and use that.")
        case Unbound():
            raise TypeCheckError(f"The variable {root} has no value here.", f"Bind it first: `{root} in row.relation`.")
    raise TypeCheckError(f"This value has no {step}.", "Name a field of a row or of the actor.")


def _actor_attribute(kind: ActorKind, root: str, step: str) -> OperandType:
    attributes_of_kind = ACTOR_ATTRIBUTES[kind]
    if step in attributes_of_kind.identity:
        return IdentityValue()
    if step in attributes_of_kind.traits:
        return TraitValue(attributes_of_kind.traits[step])
    if step in attributes_of_kind.references:
        return ActorValue(attributes_of_kind.references[step])
    for name, other in attributes_of_kind.references.items():
        if step in ACTOR_ATTRIBUTES[other].names:
            raise TypeCheckError(f"A {kind} has no {step} of its own.", f"Write {root}.{name}.{step}.")
    raise TypeCheckError(f"A {kind} has no {step}.", did_you_mean(step, attributes_of_kind.names, Addition.TRAIT))


def _attribute(model: type[Base], step: str, non_null: bool) -> OperandType:
    attribute = attributes(model).get(step)
    match attribute:
        case Column():
            return ColumnValue(attribute)
        case ResourceFlag():
            return FlagValue()
        case Relation():
            if attribute.many:
                return ManyValue(attribute.target)
            return RowValue(attribute.target, non_null and not attribute.nullable)
    raise TypeCheckError(f"{model.__name__} has no {step}.", did_you_mean(step, attributes(model), Addition.ATTRIBUTE))


def _method(path: PathExpression, arguments: tuple[Operand, ...], environment: TypeEnvironment) -> OperandType:
    owner = infer_type(PathExpression(path.span, path.root, path.steps[:-1]), environment)
    name = path.steps[-1]
    if not isinstance(owner, TraitValue) or owner.trait is None:
        raise TypeCheckError("Methods cannot be called on data.", "Compare a column with = != < <= > >= or in.")
    allowed = _METHODS.get(owner.trait.scalar, ())
    if name not in allowed:
        raise TypeCheckError(f"This trait has no method {name}.", f"It has: {', '.join(allowed) or 'none'}.")
    if not all(isinstance(argument, Literal) for argument in arguments):
        raise TypeCheckError("A method takes only literals.", "Pass a literal.")
    return TraitValue(None)
