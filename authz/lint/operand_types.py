"""What an operand in a policy's source stands for, as far as its text tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from authz.actor import ActorKind
from authz.language.ast import ListOf, Literal, Method, Operand, Parameter, PathTo
from authz.model.actor_attributes import WORDS, Trait
from authz.model.resources import TYPES, Column, Flag, Relation, attributes
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
class TraitWord:
    """A variable that stands for one of the words of a trait."""

    trait: Trait


@dataclass(frozen=True, slots=True)
class RowValue:
    """A row: a parameter, an element of a relation, the end of a to-one relation. `certain` where it is never nil."""

    model: type[Base]
    certain: bool = field(default=True, compare=False)


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


Kind = (
    ActorValue
    | IdentityValue
    | TraitValue
    | TraitWord
    | RowValue
    | ManyValue
    | ColumnValue
    | FlagValue
    | ParameterValue
    | ConstantValue
    | ListValue
    | Unbound
)
Known = Mapping[str, Kind]


class Unknown(Exception):
    """An operand that cannot be allowed; `reason` and `idiom` are for the finding."""

    def __init__(self, reason: str, idiom: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.idiom = idiom


def kind_of(operand: Operand, known: Known) -> Kind:
    """What `operand` stands for, given what the variables do. Raises Unknown."""
    match operand:
        case Literal(_, value):
            return ConstantValue(value)
        case ListOf(_, items):
            values = [item.value if isinstance(item, Literal) else _not_literal() for item in items]
            return ListValue(tuple(values))
        case Method(_, path, arguments):
            return _method(path, arguments, known)
        case PathTo(_, root, steps):
            kind: Kind = known.get(root, Unbound(root))
            for step in steps:
                kind = _step(kind, root, step)
            return kind


def parameter_kind(parameter: Parameter) -> Kind:
    """What a parameter of a rule stands for. Raises Unknown for an unknown type or none."""
    if parameter.literal is not None:
        return ConstantValue(parameter.literal.value)
    name = parameter.type
    if name is None:
        raise Unknown("A parameter without a type takes anything, also a relation that leads nowhere.", _types_are())
    if name in SCALARS:
        return ParameterValue(SCALARS[name])
    if name in TYPES:
        return RowValue(TYPES[name])
    if name in tuple(ActorKind):
        return ActorValue(ActorKind(name))
    raise Unknown(f"There is no type {name}.", _types_are(name))


def meant(word: str, words: Iterable[str]) -> str:
    """A hint at what may have been meant by `word`, out of `words`."""
    words = sorted(words)
    return nearest(word, words) or f"Known are: {', '.join(words)}."


def nearest(word: str, words: Iterable[str]) -> str:
    """The question whether that one of `words` was meant which looks most like `word`; "" where none does."""
    folded = {known.casefold(): known for known in words}
    close = get_close_matches(word.casefold(), folded, 1)
    return f"Did you mean {folded[close[0]]}?" if close else ""


def _types_are(word: str = "") -> str:
    words = (*ActorKind, *TYPES, *SCALARS)
    return f"{nearest(word, words)} Types are: {', '.join(words)}.".lstrip()


def _not_literal() -> object:
    raise Unknown(
        "A list may hold literals only: Oso would allow every row.", "Write one condition per value, joined by `or`."
    )


def _step(kind: Kind, root: str, step: str) -> Kind:
    match kind:
        case ActorValue(actor):
            return _of_actor(actor, root, step)
        case RowValue(model, certain):
            return _attribute(model, step, certain)
        case ManyValue(model):
            name = model.__name__
            raise Unknown(
                f"This relation leads to many rows of {name}.", f"Take one: `x in …` and then ask for x.{step}."
            )
        case Unbound():
            raise Unknown(f"The variable {root} stands for nothing here.", f"Bind it first: `{root} in row.relation`.")
    raise Unknown(f"This value has no {step}.", "Only rows and the actor have fields.")


def _of_actor(kind: ActorKind, root: str, step: str) -> Kind:
    words = WORDS[kind]
    if step in words.identity:
        return IdentityValue()
    if step in words.traits:
        return TraitValue(words.traits[step])
    if step in words.leads:
        return ActorValue(words.leads[step])
    for name, other in words.leads.items():
        if step in WORDS[other].names:
            raise Unknown(f"A {kind} has no {step} of its own.", f"Write {root}.{name}.{step}.")
    raise Unknown(f"A {kind} has no {step}.", meant(step, words.names))


def _attribute(model: type[Base], step: str, certain: bool) -> Kind:
    attribute = attributes(model).get(step)
    match attribute:
        case Column():
            return ColumnValue(attribute)
        case Flag():
            return FlagValue()
        case Relation():
            if attribute.many:
                return ManyValue(attribute.target)
            return RowValue(attribute.target, certain and not attribute.nullable)
    raise Unknown(f"{model.__name__} has no {step}.", meant(step, attributes(model)))


def _method(path: PathTo, arguments: tuple[Operand, ...], known: Known) -> Kind:
    owner = kind_of(PathTo(path.span, path.root, path.steps[:-1]), known)
    name = path.steps[-1]
    if not isinstance(owner, TraitValue) or owner.trait is None:
        raise Unknown("Methods cannot be called on data.", "Compare a column with = != < <= > >= or in.")
    allowed = _METHODS.get(owner.trait.scalar, ())
    if name not in allowed:
        raise Unknown(f"This trait has no method {name}.", f"It has: {', '.join(allowed) or 'none'}.")
    if not all(isinstance(argument, Literal) for argument in arguments):
        raise Unknown("A method takes literals only.", "Write a literal.")
    return TraitValue(None)
