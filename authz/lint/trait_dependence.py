"""The traits of the actor on which a decision can depend: all that the text of its rules mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from authz.actor import ActorKind
from authz.language.ast import (
    And,
    BooleanTest,
    Comparison,
    Condition,
    ListLiteral,
    Literal,
    MethodCall,
    Not,
    Operand,
    Or,
    PathExpression,
    Rule,
    RuleCall,
)
from authz.model.actor_attributes import LIST_ATTRIBUTES, TRAITS


@dataclass(frozen=True, slots=True)
class Dependence:
    """The names of the `traits` that are used, and the `values` (permissions, scopes) that are named.

    Of the lists in `whole_lists`, values that are not named matter, too.
    """

    traits: frozenset[str] = frozenset()
    values: frozenset[StrEnum] = frozenset()
    whole_lists: frozenset[type[StrEnum]] = frozenset()

    def __or__(self, other: "Dependence") -> "Dependence":
        return Dependence(
            self.traits | other.traits,
            self.values | other.values,
            self.whole_lists | other.whole_lists,
        )

    def values_of(self, list_type: type[StrEnum]) -> list[StrEnum]:
        """Returns the members of `list_type` that are named, in their order."""
        return [value for value in list_type if value in self.values and isinstance(value, list_type)]


ANYTHING = Dependence(frozenset(TRAITS), whole_lists=frozenset(LIST_ATTRIBUTES.values()))
"""The dependence of a policy of which nothing is known: all traits."""


def traits_in(rule: Rule) -> frozenset[str]:
    """Returns the traits that `rule` itself uses, in its head and in its body."""
    actors = {parameter.name for parameter in rule.parameters if parameter.type in tuple(ActorKind)}
    names = {name for parameter in rule.parameters if parameter.name in actors for name, _ in parameter.fields}
    for path in () if rule.body is None else paths_in(rule.body):
        if path.root in actors:
            names.update(path.steps)
    return frozenset(names.intersection(TRAITS))


def paths_in(condition: Condition) -> Iterator[PathExpression]:
    """Yields every occurrence of a variable in `condition`, with the path from it."""
    match condition:
        case And(_, items) | Or(_, items):
            yield from chain.from_iterable(map(paths_in, items))
        case Not(_, item):
            yield from paths_in(item)
        case RuleCall(_, _, arguments):
            yield from chain.from_iterable(map(_paths_of, arguments))
        case Comparison(_, _, left, right):
            yield from _paths_of(left)
            yield from _paths_of(right)
        case BooleanTest(_, operand):
            yield from _paths_of(operand)


def _paths_of(operand: Operand) -> Iterator[PathExpression]:
    match operand:
        case PathExpression():
            yield operand
        case MethodCall(_, path, arguments):
            yield path
            yield from chain.from_iterable(map(_paths_of, arguments))
        case ListLiteral(_, items):
            yield from chain.from_iterable(map(_paths_of, items))
        case Literal():
            return
