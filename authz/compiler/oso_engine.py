"""Oso as a compiler of policies: the only module that touches it.

`OsoEngine` holds one loaded policy. `residuals` evaluates `allow` partially: the actor's traits are concrete and fold
away, its identity is a sentinel, the resource is a variable; each way in which the rules can be fulfilled comes back as
a residual, the conditions on the row that are left, with the rules that it came through. `holds` asks about concrete
values. What Oso gets wrong is fenced elsewhere (`gates.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from oso import Oso
from polar import Expression, Pattern
from polar import Variable as PolarVariable
from polar.exceptions import OsoError
from polar.ffi import process_messages
from polar.predicate import Predicate as Goal

from authz.actor import ActorKind, Traits
from authz.compiler.residual_terms import Operation, Residual, Term, Variable
from authz.compiler.residual_terms import TypePattern as ClassPattern
from authz.language.instrument import TRACED, sources_of
from authz.model.actor_attributes import ACTOR_ATTRIBUTES
from authz.model.resources import TYPES, Column, Relation, ResourceFlag, attributes
from authz.predicates.nodes import Identity, Source


class EngineError(Exception):
    """Oso refused the policy or failed on it; the text is Oso's own."""


class Sentinel:
    """A part of the actor's identity, unknown until the statement runs.

    It equals itself only, and whatever else would look at its value raises: an answer would be a guess, and Oso would
    build it into the rule.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    def __repr__(self) -> str:
        return self.identity.value

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise EngineError(f"{self!r} can be compared with a column only")

    def _refuse(self, *_: object) -> bool:
        raise EngineError(f"{self!r} can be compared with a column only, by = and !=")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = _refuse


_SENTINELS = {identity: Sentinel(identity) for identity in Identity}
ACTOR_CLASSES: dict[ActorKind, type] = {kind: type(kind.value, (), {}) for kind in ActorKind}
RESOURCE_CLASSES: dict[str, type] = {name: type(name, (), {}) for name in TYPES}


def concrete_actor(traits: Traits, identity: Mapping[Identity, Any]) -> object:
    """The object that stands for an actor in Oso, with the given identity; that of a client leads to one for its owner.

    It has what a policy may name of it, and nothing else.
    """
    return _actor(traits.kind, traits, identity)


def _actor(kind: ActorKind, traits: Traits, identity: Mapping[Identity, Any]) -> object:
    actor, words = ACTOR_CLASSES[kind](), ACTOR_ATTRIBUTES[kind]
    values: dict[str, Any] = {name: identity[part] for name, part in words.identity.items()}
    values |= {name: _plain(getattr(traits, name)) for name in words.traits}
    values |= {name: _actor(other, traits, identity) for name, other in words.references.items()}
    for name, value in values.items():
        setattr(actor, name, value)
    return actor


def _plain(value: Any) -> Any:
    # Oso compares native strings, and takes any other object for a foreign one; a set would not be searched.
    if isinstance(value, frozenset):
        return sorted(str(word.value) for word in value)
    return str(value.value) if isinstance(value, str) and hasattr(value, "value") else value


@dataclass(frozen=True, slots=True)
class TracedResidual:
    """A residual and the rules that it came through, outermost first."""

    residual: Residual
    sources: tuple[Source, ...]


class OsoEngine:
    """One policy, loaded into an Oso of its own. Safe to share between threads.

    Raises EngineError when Oso refuses the text or warns of something in it.
    """

    def __init__(self, text: str) -> None:
        self._oso = Oso()
        self._lock = Lock()
        self._oso.host.ffi_polar.process_messages = self._raise_messages
        for actor_class in ACTOR_CLASSES.values():
            self._oso.register_class(actor_class)
        for name, resource_class in RESOURCE_CLASSES.items():
            self._oso.register_class(resource_class, fields=_fields(name))
        try:
            self._oso.load_str(text)
        except OsoError as error:
            raise EngineError(str(error)) from None

    def _raise_messages(self) -> None:
        messages = list(process_messages(self._oso.host.ffi_polar.next_message))
        if messages:
            raise EngineError("\n".join(messages))

    def residuals(self, traits: Traits, action: str, type_name: str) -> list[TracedResidual]:
        """All ways in which an actor with `traits` is allowed `action` on some row of `type_name`."""
        resource = PolarVariable("resource")
        constraint = Expression("And", [Expression("Isa", [resource, Pattern(type_name, {})])])
        actor = concrete_actor(traits, _SENTINELS)
        goal = Goal(f"{TRACED}allow", [actor, action, resource, PolarVariable("trail")])
        with self._lock:
            return [
                TracedResidual(_neutral(bindings["resource"]), tuple(sources_of(bindings["trail"])))
                for bindings in self._run(goal, {"resource": constraint}, True)
            ]

    def holds(self, rule: str, *arguments: Any) -> bool:
        """Whether `rule` holds of concrete `arguments`."""
        with self._lock:
            return next(self._run(Goal(rule, list(arguments)), {}, False), None) is not None

    def trails(self, rule: str, *arguments: Any) -> list[tuple[Source, ...]]:
        """The ways in which `rule` holds of concrete `arguments`: the rules of each, outermost first."""
        goal = Goal(f"{TRACED}{rule}", [*arguments, PolarVariable("trail")])
        with self._lock:
            return [tuple(sources_of(bindings["trail"])) for bindings in self._run(goal, {}, False)]

    def _run(self, goal: Goal, bindings: dict[str, Any], partial: bool) -> Iterator[dict[str, Any]]:
        try:
            for result in self._oso.query(goal, bindings=bindings, accept_expression=partial):
                yield result["bindings"]
        except OsoError as error:
            raise EngineError(str(error)) from None


def _fields(type_name: str) -> dict[str, type]:
    fields: dict[str, type] = {}
    for name, attribute in attributes(TYPES[type_name]).items():
        match attribute:
            case Relation():
                # To-many too: Oso would have `list` here, and no specializer would ever match an element.
                fields[name] = RESOURCE_CLASSES[attribute.target.__name__]
            case Column():
                fields[name] = attribute.scalar
            case ResourceFlag():
                fields[name] = bool
    return fields


def _neutral(value: Any) -> Term:
    """Oso's value as one of ours."""
    match value:
        case PolarVariable():
            return Variable("".join(value))
        case Expression():
            return Operation(value.operator, tuple(map(_neutral, value.args)))
        case Pattern():
            return ClassPattern(value.tag, bool(value.fields))
        case Sentinel():
            return value.identity
        case list():
            return tuple(map(_neutral, value))
        case None | str() | bool() | int():
            return value
    return Operation(f"<{type(value).__name__}>", ())
