"""On which traits of the actor an answer depends, as far as the text of the rules tells: all that they look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from authz.actor import ActorKind
from authz.syntax import And, Call, Comparison, Condition, ListOf, Literal, Method, Not, Operand, Or, PathTo, Rule, Test
from authz.vocabulary import TRAITS


@dataclass(frozen=True, slots=True)
class Dependence:
    """The names of the `traits` that are looked at, and the `permissions` that are asked for by name.

    With `any_permission`, others are looked at too.
    """

    traits: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    any_permission: bool = False

    def __or__(self, other: "Dependence") -> "Dependence":
        return Dependence(
            self.traits | other.traits,
            self.permissions | other.permissions,
            self.any_permission or other.any_permission,
        )


def traits_in(rule: Rule) -> frozenset[str]:
    """The traits that `rule` itself looks at, in its head and in its body."""
    actors = {each.name for each in rule.parameters if each.type in tuple(ActorKind)}
    heads = {name for each in rule.parameters if each.name in actors for name, _ in each.fields}
    paths = [] if rule.body is None else list(paths_in(rule.body))
    return frozenset(
        (heads | {path.steps[0] for path in paths if path.root in actors and path.steps}).intersection(TRAITS)
    )


def paths_in(condition: Condition) -> Iterator[PathTo]:
    """The variables in `condition`, each as often as it stands there, with what is reached from it."""
    match condition:
        case And(_, items) | Or(_, items):
            yield from chain.from_iterable(map(paths_in, items))
        case Not(_, item):
            yield from paths_in(item)
        case Call(_, _, arguments):
            yield from chain.from_iterable(map(_paths_of, arguments))
        case Comparison(_, _, left, right):
            yield from _paths_of(left)
            yield from _paths_of(right)
        case Test(_, operand):
            yield from _paths_of(operand)


def _paths_of(operand: Operand) -> Iterator[PathTo]:
    match operand:
        case PathTo():
            yield operand
        case Method(_, path, arguments):
            yield path
            yield from chain.from_iterable(map(_paths_of, arguments))
        case ListOf(_, items):
            yield from chain.from_iterable(map(_paths_of, items))
        case Literal():
            return
