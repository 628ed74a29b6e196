"""Groups actors by the derivations that their traits leave open, so that few of them stand for all.

A derivation is *open* to an actor if none of its conditions on traits is false. Actors to whom the same derivations are
open, with equal conditions on rows, get the same decision:

    with ORDERS_VIEW and without USER_MANAGEMENT        derivation 3
    with USER_MANAGEMENT                                derivations 1 and 3

So all subsets of eight permissions can be tried, although a decision is compiled once for each group.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from authz.actor import Traits
from authz.explain.condition_predicates import ReachedValue, TraitTerm, Value, resolve_operand
from authz.explain.derivations import Derivation, Step
from authz.language.ast import BooleanTest, Comparison, Operand
from authz.model.actor_attributes import LIST_ATTRIBUTES
from authz.predicates.nodes import FALSE, Predicate

Open = frozenset[tuple[int, tuple[Predicate, ...]]]
"""The numbers of the open derivations, each with its conditions on rows that name a trait."""


def group_by_open(derivations: Sequence[Derivation], actors: Iterable[Traits]) -> dict[Open, list[Traits]]:
    """Groups `actors` of one kind by what is open to them. All of a group get the same decision."""
    return _grouped([_conditions(derivation, whole=True) for derivation in derivations], actors)


def telling_apart(derivations: Sequence[Derivation], actors: Iterable[Traits]) -> Iterator[Traits]:
    """Yields those of `actors` who are enough to find a rule that never matches, or that adds nothing to the others.

    For each derivation these are the actors to whom it is open, and as few others as possible. If a condition on rows
    names a list, such as the permissions, the first and the last actor of the group: those with the fewest and the
    most, if `actors` are in this order.
    """
    conditions = [_conditions(derivation, whole=False) for derivation in derivations]
    groups = _grouped(conditions, actors)
    smallest: dict[tuple[int, tuple[Predicate, ...]], list[Open]] = {}
    for group in sorted(groups, key=len):
        for element in group:
            least = smallest.setdefault(element, [])
            if not any(other <= group for other in least):
                least.append(group)
    needed = {group for least in smallest.values() for group in least}
    for group, members in groups.items():
        if group in needed:
            yield from dict.fromkeys((members[0], members[-1]))


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition that names the traits `names`; `compared` if its predicate on rows tells actors apart."""

    step: Step
    names: tuple[str, ...]
    compared: bool
    known: dict[tuple[object, ...], Predicate] = field(default_factory=dict, compare=False, hash=False)

    def of(self, traits: Traits) -> Predicate:
        key = tuple(getattr(traits, name) for name in self.names)
        if key not in self.known:
            self.known[key] = self.step.predicate(traits)[1]
        return self.known[key]


def _grouped(derivations: Sequence[Sequence[_Condition]], actors: Iterable[Traits]) -> dict[Open, list[Traits]]:
    groups: dict[Open, list[Traits]] = {}
    for traits in actors:
        groups.setdefault(frozenset(_open(derivations, traits)), []).append(traits)
    return groups


def _open(derivations: Sequence[Sequence[_Condition]], traits: Traits) -> Iterator[tuple[int, tuple[Predicate, ...]]]:
    for number, conditions in enumerate(derivations):
        predicates = [(condition, condition.of(traits)) for condition in conditions]
        if all(predicate != FALSE for _, predicate in predicates):
            yield number, tuple(predicate for condition, predicate in predicates if condition.compared)


def _conditions(derivation: Derivation, *, whole: bool) -> list[_Condition]:
    """Returns the conditions that name traits. Those that compare a list with rows count as `compared` if `whole`."""
    found = []
    for step in derivation.steps:
        names = tuple(sorted(_names(step)))
        if names:
            on_rows = step.negated is None and any(isinstance(value, ReachedValue) for value in _values(step))
            found.append(_Condition(step, names, on_rows and (whole or not set(names) <= set(LIST_ATTRIBUTES))))
    return found


def _names(step: Step) -> set[str]:
    """Returns the names of the traits on which `step` depends."""
    if step.negated is not None:
        return {name for derivation in step.negated for inner in derivation.steps for name in _names(inner)}
    return {value.name for value in _values(step) if isinstance(value, TraitTerm)}


def _values(step: Step) -> list[Value]:
    """Returns the operands of the condition. One that introduces an element has none: its variable has no value yet."""
    operands: tuple[Operand, ...] = ()
    match step.condition:
        case Comparison(_, _, left, right) if step.binds is None:
            operands = left, right
        case BooleanTest(_, operand):
            operands = (operand,)
    return [resolve_operand(operand, step.variables) for operand in operands]
