"""What an operand in a policy's source stands for, as far as its text tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from authz.actor import ActorKind
from authz.language.ast import ListLiteral, Literal, MethodCall, Operand, Parameter, PathExpression
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
    """A trait of the actor; `trait` None for what a method made of one."""

    trait: Trait | None


@dataclass(frozen=True, slots=True)
class TraitElement:
    """A variable that stands for one of the words of a trait."""

    trait: Trait


@dataclass(frozen=True, slots=True)
class RowValue:
    """A row: a parameter, an element of a relation, the end of a to-one relation. `certain` where it is never nil."""

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
    """A parameter of type String or Boolean; it can be data as well as a literal."""

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
    """A variable that stands for nothing yet."""

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
    """An operand that cannot be allowed; `reason` and `idiom` are for the finding."""

    def __init__(self, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


def infer_type(operand: Operand, known: TypeEnvironment) -> OperandType:
    """What `operand` stands for, given what the variables do. Raises Unknown."""
    match operand:
        case Literal(_, value):
            return ConstantValue(value)
        case ListLiteral(_, items):
            values = [item.value if isinstance(item, Literal) else _not_literal() for item in items]
            return ListValue(tuple(values))
        case MethodCall(_, path, arguments):
            return _method(path, arguments, known)
        case PathExpression(_, root, steps):
            kind: OperandType = known.get(root, Unbound(root))
            for step in steps:
                kind = _step(kind, root, step)
            return kind


def parameter_type(parameter: Parameter) -> OperandType:
    """What a parameter of a rule stands for. Raises Unknown for an unknown type or none."""
    if parameter.literal is not None:
        return ConstantValue(parameter.literal.value)
    name = parameter.type
    if name is None:
        raise TypeCheckError(
            "A parameter without a type takes anything, also a relation that leads nowhere.", _types_are()
        )
    if name in SCALARS:
        return ParameterValue(SCALARS[name])
    if name in TYPES:
        return RowValue(TYPES[name])
    if name in tuple(ActorKind):
        return ActorValue(ActorKind(name))
    raise TypeCheckError(f"There is no type {name}.", _types_are(name))


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """A hint at what may have been meant by `word`, out of `words`."""
    words = sorted(words)
    return closest_match(word, words) or f"Known are: {', '.join(words)}."


def closest_match(word: str, words: Iterable[str]) -> str:
    """The question whether that one of `words` was meant which looks most like `word`; "" where none does."""
    folded = {known.casefold(): known for known in words}
    close = get_close_matches(word.casefold(), folded, 1)
    return f"Did you mean {folded[close[0]]}?" if close else ""


def _types_are(word: str = "") -> str:
    words = (*ActorKind, *TYPES, *SCALARS)
    return f"{closest_match(word, words)} Types are: {', '.join(words)}.".lstrip()


def _not_literal() -> object:
    raise TypeCheckError(
        "A list may hold literals only: Oso would allow every row.", "Write one condition per value, joined by `or`."
    )


def _step(kind: OperandType, root: str, step: str) -> OperandType:
    match kind:
        case ActorValue(actor):
            return _of_actor(actor, root, step)
        case RowValue(model, certain):
            return _attribute(model, step, certain)
        case ManyValue(model):
            name = model.__name__
            raise TypeCheckError(
                f"This relation leads to many rows of {name}.", f"Take one: `x in …` and then ask for x.{step}."
            )
        case Unbound():
            raise TypeCheckError(
                f"The variable {root} stands for nothing here.", f"Bind it first: `{root} in row.relation`."
            )
    raise TypeCheckError(f"This value has no {step}.", "Only rows and the actor have fields.")


def _of_actor(kind: ActorKind, root: str, step: str) -> OperandType:
    words = ACTOR_ATTRIBUTES[kind]
    if step in words.identity:
        return IdentityValue()
    if step in words.traits:
        return TraitValue(words.traits[step])
    if step in words.references:
        return ActorValue(words.references[step])
    for name, other in words.references.items():
        if step in ACTOR_ATTRIBUTES[other].names:
            raise TypeCheckError(f"A {kind} has no {step} of its own.", f"Write {root}.{name}.{step}.")
    raise TypeCheckError(f"A {kind} has no {step}.", did_you_mean(step, words.names))


def _attribute(model: type[Base], step: str, certain: bool) -> OperandType:
    attribute = attributes(model).get(step)
    match attribute:
        case Column():
            return ColumnValue(attribute)
        case ResourceFlag():
            return FlagValue()
        case Relation():
            if attribute.many:
                return ManyValue(attribute.target)
            return RowValue(attribute.target, certain and not attribute.nullable)
    raise TypeCheckError(f"{model.__name__} has no {step}.", did_you_mean(step, attributes(model)))


def _method(path: PathExpression, arguments: tuple[Operand, ...], known: TypeEnvironment) -> OperandType:
    owner = infer_type(PathExpression(path.span, path.root, path.steps[:-1]), known)
    name = path.steps[-1]
    if not isinstance(owner, TraitValue) or owner.trait is None:
        raise TypeCheckError("Methods cannot be called on data.", "Compare a column with = != < <= > >= or in.")
    allowed = _METHODS.get(owner.trait.scalar, ())
    if name not in allowed:
        raise TypeCheckError(f"This trait has no method {name}.", f"It has: {', '.join(allowed) or 'none'}.")
    if not all(isinstance(argument, Literal) for argument in arguments):
        raise TypeCheckError("A method takes literals only.", "Write a literal.")
    return TraitValue(None)
