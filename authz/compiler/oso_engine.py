"""Partial evaluation of policies with Oso. No other module imports Oso.

`OsoEngine` holds one loaded policy. `residuals` evaluates `allow` partially: the actor's traits are concrete and fold
away, its identity is a sentinel, and the resource is a variable. Each derivation yields a residual, the conditions on
the row that remain, with the rules of the derivation. `holds` evaluates a rule for concrete values. What Oso gets
wrong is caught elsewhere (`checks/pipeline.py`).
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

from authz.actor import ActorKind, Identity, Traits
from authz.compiler.residual_terms import Operation, Residual, Term, TypePattern, Variable
from authz.language.ast import Source
from authz.language.instrument import TRACED, noted_conditions, sources_of
from authz.model.actor_attributes import ACTOR_ATTRIBUTES
from authz.model.resources import TYPES, Column, Relation, ResourceFlag, attributes


class EngineError(Exception):
    """Oso rejected the policy, or failed to evaluate it; the message is Oso's own."""


class Sentinel:
    """A part of the actor's identity, unknown until the statement runs.

    It equals only itself, and any other use of its value raises EngineError: a result would be a guess, and Oso would
    build it into the residual.
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
        raise EngineError(f"{self!r} can be compared only with a column")

    def _reject(self, *_: object) -> bool:
        raise EngineError(f"{self!r} can be compared only with a column, by = and !=")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _reject
    __bool__ = _reject


_SENTINELS = {identity: Sentinel(identity) for identity in Identity}
ACTOR_CLASSES: dict[ActorKind, type] = {kind: type(kind.value, (), {}) for kind in ActorKind}
RESOURCE_CLASSES: dict[str, type] = {name: type(name, (), {}) for name in TYPES}


def concrete_actor(traits: Traits, identity: Mapping[Identity, Any]) -> object:
    """Returns the object that represents an actor in Oso, and for a client, also its owner.

    It has the attributes that a policy may name, and no others.
    """
    return _actor(traits.kind, traits, identity)


def _actor(kind: ActorKind, traits: Traits, identity: Mapping[Identity, Any]) -> object:
    actor, attributes_of_kind = ACTOR_CLASSES[kind](), ACTOR_ATTRIBUTES[kind]
    values: dict[str, Any] = {name: identity[part] for name, part in attributes_of_kind.identity.items()}
    values |= {name: _plain(getattr(traits, name)) for name in attributes_of_kind.traits}
    values |= {name: _actor(other, traits, identity) for name, other in attributes_of_kind.references.items()}
    for name, value in values.items():
        setattr(actor, name, value)
    return actor


def _plain(value: Any) -> Any:
    # Oso compares native strings, but treats any other object as an opaque one, and would not search a set.
    if isinstance(value, frozenset):
        return sorted(str(member.value) for member in value)
    return str(value.value) if isinstance(value, str) and hasattr(value, "value") else value


@dataclass(frozen=True, slots=True)
class TracedResidual:
    """A residual and the rules of its derivation, outermost first, and the conditions that were noted instead of
    evaluated, by where they begin in the source."""

    residual: Residual
    sources: tuple[Source, ...]
    noted: frozenset[int] = frozenset()


class OsoEngine:
    """One policy, loaded into an Oso instance of its own. Safe to share between threads.

    Raises EngineError if Oso rejects the text, or warns about it.
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
        """Returns all derivations by which an actor with `traits` may perform `action` on a row of `type_name`."""
        resource = PolarVariable("resource")
        constraint = Expression("And", [Expression("Isa", [resource, Pattern(type_name, {})])])
        actor = concrete_actor(traits, _SENTINELS)
        goal = Goal(f"{TRACED}allow", [actor, action, resource, PolarVariable("trail")])
        with self._lock:
            return [
                TracedResidual(
                    _to_term(bindings["resource"]),
                    tuple(sources_of(bindings["trail"])),
                    frozenset(noted_conditions(bindings["trail"])),
                )
                for bindings in self._run(goal, {"resource": constraint}, True)
            ]

    def holds(self, rule: str, *arguments: Any) -> bool:
        """Returns whether `rule` holds for concrete `arguments`."""
        with self._lock:
            return next(self._run(Goal(rule, list(arguments)), {}, False), None) is not None

    def trails(self, rule: str, *arguments: Any) -> list[tuple[Source, ...]]:
        """Returns, for each derivation of `rule` for concrete `arguments`, its rules, outermost first."""
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
                # For to-many relations, too: with `list`, which Oso expects, no type would ever match an element.
                fields[name] = RESOURCE_CLASSES[attribute.target.__name__]
            case Column():
                fields[name] = attribute.scalar
            case ResourceFlag():
                fields[name] = bool
    return fields


def _to_term(value: Any) -> Term:
    """Converts a value of Oso to a residual term."""
    match value:
        case PolarVariable():
            return Variable("".join(value))
        case Expression():
            return Operation(value.operator, tuple(map(_to_term, value.args)))
        case Pattern():
            return TypePattern(value.tag, bool(value.fields))
        case Sentinel():
            return value.identity
        case list():
            return tuple(map(_to_term, value))
        case None | str() | bool() | int():
            return value
    return Operation(f"<{type(value).__name__}>", ())
