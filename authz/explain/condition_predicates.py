"""Converts one condition of a policy's source to a predicate, for given traits.

`"BILLING_VIEW" in actor.permissions` is true or false; `account.organization_id = actor.organization_id` compares a
column. The linter allows only operands that have exactly one meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authz.actor import ActorKind, Identity, Traits
from authz.compiler.residual import comparison
from authz.language.ast import (
    BooleanTest,
    Comparison,
    Condition,
    ListLiteral,
    Literal,
    MethodCall,
    Operand,
    PathExpression,
)
from authz.model.actor_attributes import ACTOR_ATTRIBUTES
from authz.model.resources import Attribute, Relation, attributes, target
from authz.predicates.nodes import FALSE, TRUE, Any, NotNull, OneOf, Operator, Path, Predicate
from authz.predicates.simplify import simplify
from models import Base

Constant = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Element:
    """The row that a variable is bound to: the checked resource (number 0), or one of the rows at `origin`."""

    number: int
    model: type[Base]
    origin: "ReachedValue | None" = None


@dataclass(frozen=True, slots=True)
class ReachedValue:
    """The value at `path` from an element: the element itself, a column, or a relation."""

    element: Element
    path: Path = ()

    @property
    def attribute(self) -> Attribute:
        """Returns the column or relation at the end of the path."""
        return attributes(target(self.element.model, self.path[:-1]))[self.path[-1]]

    @property
    def model(self) -> type[Base] | None:
        """Returns the type of the row or rows at the path; None for a column."""
        if not self.path:
            return self.element.model
        attribute = self.attribute
        return attribute.target if isinstance(attribute, Relation) else None

    @property
    def non_null(self) -> bool:
        """Whether the value is never null."""
        return not self.path or simplify(NotNull(self.path), self.element.model) == TRUE


@dataclass(frozen=True, slots=True)
class TraitTerm:
    """A trait of the actor, or the result of a method call on it."""

    name: str
    method: str | None = None
    arguments: tuple[Constant, ...] = ()

    def of(self, traits: Traits) -> object:
        """Returns the value for an actor with `traits`: text, a boolean, a number, or a tuple of texts."""
        value = getattr(traits, self.name)
        comparable = tuple(sorted(map(str, value))) if isinstance(value, frozenset) else value
        return comparable if self.method is None else getattr(comparable, self.method)(*self.arguments)


Value = ReachedValue | ActorKind | TraitTerm | Identity | Constant | tuple[Constant, ...]
Environment = Mapping[str, Value]

_OPERATORS = {"=": Operator.EQUAL, "==": Operator.EQUAL, **{operator.value: operator for operator in Operator}}
_OPERATORS["!="] = Operator.UNEQUAL


def resolve_operand(operand: Operand, variables: Environment) -> Value:
    """Returns the value of `operand` in the environment `variables`."""
    match operand:
        case Literal(_, value):
            return value
        case ListLiteral(_, items):
            return tuple(item.value for item in items if isinstance(item, Literal))
        case MethodCall(_, PathExpression(_, _, (*_, trait, method)), arguments):
            return TraitTerm(
                trait, method, tuple(argument.value for argument in arguments if isinstance(argument, Literal))
            )
        case PathExpression(_, root, steps):
            return _follow(variables[root], steps)
    raise AssertionError(operand)


def _follow(value: Value, steps: tuple[str, ...]) -> Value:
    if isinstance(value, ReachedValue):
        return ReachedValue(value.element, (*value.path, *steps))
    if not isinstance(value, ActorKind) or not steps:
        return value
    references, (step, *further) = ACTOR_ATTRIBUTES[value], steps
    if step in references.references:
        # The traits of a client are those of its owner, so steps from there resolve in the same way.
        return _follow(references.references[step], tuple(further))
    return references.identity.get(step) or TraitTerm(step)


def to_predicate(condition: Condition, variables: Environment, traits: Traits) -> tuple[Element | None, Predicate]:
    """Converts `condition`, a comparison or a test, for actors with `traits`.

    Returns the element that it is about and a predicate on that. If it is about no row, the element is None and the
    predicate true or false.
    """
    match condition:
        case BooleanTest(_, operand):
            return _comparison("=", _value(operand, variables, traits), True)
        case Comparison(_, "in", left, right):
            return _membership(_value(left, variables, traits), _value(right, variables, traits))
        case Comparison(_, operator, left, right):
            values = (_value(left, variables, traits), _value(right, variables, traits))
            return _comparison(operator, *(values if isinstance(values[0], ReachedValue) else values[::-1]))
    raise AssertionError(condition)


def _value(operand: Operand, variables: Environment, traits: Traits) -> object:
    value = resolve_operand(operand, variables)
    return value.of(traits) if isinstance(value, TraitTerm) else value


def _membership(value: object, members: object) -> tuple[Element | None, Predicate]:
    assert isinstance(members, tuple)
    if not isinstance(value, ReachedValue):
        return None, _constant(value in members)
    if all(isinstance(member, str) for member in members):
        return value.element, OneOf(value.path, frozenset(members))
    return value.element, Any(frozenset(_comparison("=", value, member)[1] for member in members))


def _comparison(operator: str, value: object, other: object) -> tuple[Element | None, Predicate]:
    if not isinstance(value, ReachedValue):
        return None, _constant((value == other) is (operator != "!="))
    assert other is None or isinstance(other, str | int | Identity)
    constant = other if not isinstance(other, str) or isinstance(other, Identity) else str(other)
    return value.element, comparison(value.attribute, value.path, _OPERATORS[operator], constant)


def _constant(holds: bool) -> Predicate:
    return TRUE if holds else FALSE
