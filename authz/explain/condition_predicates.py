"""What one condition of a policy's source says: for given traits, a predicate on the element that it speaks of.

`"BILLING_VIEW" in actor.permissions` is true or false; `account.organization_id = actor.organization_id` compares a
column. The operands are those that the lint lets through, so each has one meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from authz.actor import ActorKind, Traits
from authz.compiler.residual import compared
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
from authz.predicates.nodes import FALSE, TRUE, Any, Identity, NotNull, OneOf, Operator, Path, Predicate
from authz.predicates.simplify import simplify
from models import Base

Constant = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Element:
    """A row that a variable stands for: the row in question (number 0), or one of those at `place`."""

    number: int
    model: type[Base]
    place: "ReachedValue | None" = None


@dataclass(frozen=True, slots=True)
class ReachedValue:
    """What is reached from an element by `path`: the element itself, a column, or a relation."""

    element: Element
    path: Path = ()

    @property
    def attribute(self) -> Attribute:
        """The column or relation at the end of the path."""
        return attributes(target(self.element.model, self.path[:-1]))[self.path[-1]]

    @property
    def model(self) -> type[Base] | None:
        """The type of the row or rows here; None for a column."""
        if not self.path:
            return self.element.model
        attribute = self.attribute
        return attribute.target if isinstance(attribute, Relation) else None

    @property
    def non_null(self) -> bool:
        """Whether there is always something here."""
        return not self.path or simplify(NotNull(self.path), self.element.model) == TRUE


@dataclass(frozen=True, slots=True)
class TraitTerm:
    """A trait of the actor, or what a method makes of it."""

    name: str
    method: str | None = None
    arguments: tuple[Constant, ...] = ()

    def of(self, traits: Traits) -> object:
        """The value for an actor with `traits`: text, a boolean, a number, or a tuple of texts."""
        value = getattr(traits, self.name)
        plain = tuple(sorted(map(str, value))) if isinstance(value, frozenset) else value
        return plain if self.method is None else getattr(plain, self.method)(*self.arguments)


Value = ReachedValue | ActorKind | TraitTerm | Identity | Constant | tuple[Constant, ...]
Environment = Mapping[str, Value]

_OPERATORS = {"=": Operator.EQUAL, "==": Operator.EQUAL, **{each.value: each for each in Operator}}
_OPERATORS["!="] = Operator.UNEQUAL


def resolve_operand(operand: Operand, variables: Environment) -> Value:
    """What `operand` stands for, given what the variables do."""
    match operand:
        case Literal(_, value):
            return value
        case ListLiteral(_, items):
            return tuple(item.value for item in items if isinstance(item, Literal))
        case MethodCall(_, PathExpression(_, _, (*_, trait, method)), arguments):
            return TraitTerm(trait, method, tuple(each.value for each in arguments if isinstance(each, Literal)))
        case PathExpression(_, root, steps):
            return _reached(variables[root], steps)
    raise AssertionError(operand)


def _reached(value: Value, steps: tuple[str, ...]) -> Value:
    if isinstance(value, ReachedValue):
        return ReachedValue(value.element, (*value.path, *steps))
    if not isinstance(value, ActorKind) or not steps:
        return value
    words, (step, *further) = ACTOR_ATTRIBUTES[value], steps
    if step in words.references:
        # The traits of a client are those of its owner: what is reached from there is read off the same.
        return _reached(words.references[step], tuple(further))
    return words.identity.get(step) or TraitTerm(step)


def to_predicate(condition: Condition, variables: Environment, traits: Traits) -> tuple[Element | None, Predicate]:
    """The predicate that `condition`, a comparison or a test, is for actors with `traits`, and about which element.

    None where it is about no row: the predicate is then true or false.
    """
    match condition:
        case BooleanTest(_, operand):
            return _compared("=", _value(operand, variables, traits), True)
        case Comparison(_, "in", left, right):
            return _member(_value(left, variables, traits), _value(right, variables, traits))
        case Comparison(_, operator, left, right):
            values = (_value(left, variables, traits), _value(right, variables, traits))
            return _compared(operator, *(values if isinstance(values[0], ReachedValue) else values[::-1]))
    raise AssertionError(condition)


def _value(operand: Operand, variables: Environment, traits: Traits) -> object:
    value = resolve_operand(operand, variables)
    return value.of(traits) if isinstance(value, TraitTerm) else value


def _member(value: object, words: object) -> tuple[Element | None, Predicate]:
    assert isinstance(words, tuple)
    if not isinstance(value, ReachedValue):
        return None, _constant(value in words)
    if all(isinstance(word, str) for word in words):
        return value.element, OneOf(value.path, frozenset(words))
    return value.element, Any(frozenset(_compared("=", value, word)[1] for word in words))


def _compared(operator: str, value: object, other: object) -> tuple[Element | None, Predicate]:
    if not isinstance(value, ReachedValue):
        return None, _constant((value == other) is (operator != "!="))
    assert other is None or isinstance(other, str | int | Identity)
    plain = other if not isinstance(other, str) or isinstance(other, Identity) else str(other)
    return value.element, compared(value.attribute, value.path, _OPERATORS[operator], plain)


def _constant(holds: bool) -> Predicate:
    return TRUE if holds else FALSE
