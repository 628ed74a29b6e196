"""On which traits of the actor an answer depends, as far as the text of the rules tells: all that they look at."""

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
    """The names of the `traits` that are looked at, and the `words` (permissions, scopes) that are asked for by name.

    Of the words in `further`, others are looked at too.
    """

    traits: frozenset[str] = frozenset()
    words: frozenset[StrEnum] = frozenset()
    further: frozenset[type[StrEnum]] = frozenset()

    def __or__(self, other: "Dependence") -> "Dependence":
        return Dependence(
            self.traits | other.traits,
            self.words | other.words,
            self.further | other.further,
        )

    def named(self, words: type[StrEnum]) -> list[StrEnum]:
        """Those of `words` that are asked for by name, in their order."""
        return [word for word in words if word in self.words and isinstance(word, words)]


ANYTHING = Dependence(frozenset(TRAITS), further=frozenset(LIST_ATTRIBUTES.values()))
"""What nothing is known of may depend on all traits."""


def traits_in(rule: Rule) -> frozenset[str]:
    """The traits that `rule` itself looks at, in its head and in its body."""
    actors = {each.name for each in rule.parameters if each.type in tuple(ActorKind)}
    named = {name for each in rule.parameters if each.name in actors for name, _ in each.fields}
    for path in () if rule.body is None else paths_in(rule.body):
        if path.root in actors:
            named.update(path.steps)
    return frozenset(named.intersection(TRAITS))


def paths_in(condition: Condition) -> Iterator[PathExpression]:
    """The variables in `condition`, each as often as it stands there, with what is reached from it."""
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
