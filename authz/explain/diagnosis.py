"""Diagnoses a decision: which conditions of each derivation hold for a row, and which condition alone denies.

It evaluates no predicate itself: the callback `holds` does, for example on in-memory rows (`predicates/evaluate.py`).

    condition_groups(…)    `"BILLING_VIEW" in actor.permissions`                        true or false
                           `account.organization_id = actor.organization_id`            a comparison
                           `grant in account.grants and grant.user_id = actor.id`       some grants (…)
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from authz.actor import Traits
from authz.explain.condition_predicates import Element
from authz.explain.derivations import Derivation, Step
from authz.predicates.nodes import FALSE, TRUE, All, Exists, Predicate
from authz.predicates.simplify import simplify

Holds = Callable[[Predicate], bool]


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """One condition on the row: a predicate, and the steps of the source that make it up.

    There are several steps if they are equal, or about one element: "some grant is the actor's" is one condition.
    """

    predicate: Predicate
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """Returns the condition as written in the policy."""
        return " and ".join(dict.fromkeys(step.text for step in self.steps))


@dataclass(frozen=True, slots=True)
class DerivationResult:
    """One derivation, and which of its conditions hold for the row."""

    derivation: Derivation
    groups: tuple[tuple[ConditionGroup, bool], ...]

    @property
    def allows(self) -> bool:
        """Whether this derivation allows the row."""
        return all(holds for _, holds in self.groups)

    @property
    def missing(self) -> tuple[ConditionGroup, ...]:
        """Returns the conditions that do not hold."""
        return tuple(group for group, holds in self.groups if not holds)


def condition_groups(derivation: Derivation, traits: Traits) -> tuple[ConditionGroup, ...]:
    """Returns the conditions of `derivation` for actors with `traits`, in the order of the source. All must hold.

    Equal conditions are merged. Those about traits only have the predicate true or false.
    """
    assembly = _Assembly(derivation, traits)
    groups: dict[object, ConditionGroup] = {}
    for step in derivation.steps:
        element, predicate = assembly.topmost(step)
        # Two conditions on traits that are both false are still different conditions.
        key: object = predicate if element is not None else (predicate, step.text)
        steps = groups[key].steps if key in groups else ()
        groups[key] = ConditionGroup(predicate, (*steps, step))
    return tuple(groups.values())


def diagnose(
    derivations: Iterable[tuple[Derivation, tuple[ConditionGroup, ...]]], holds: Holds
) -> list[DerivationResult]:
    """Evaluates each derivation, passed with its `condition_groups`. Returns the results closest to allowing first.

    They are sorted by the number of conditions that do not hold, then in the order of the file. `holds` returns whether
    a predicate holds for the row and the actor.
    """
    results = [
        DerivationResult(derivation, tuple((group, truth(group.predicate, holds)) for group in groups))
        for derivation, groups in derivations
    ]
    return sorted(results, key=lambda result: len(result.missing))


def truth(predicate: Predicate, holds: Holds) -> bool:
    """Whether `predicate` holds. Calls `holds` only if the predicate depends on the row."""
    return predicate == TRUE or (predicate != FALSE and holds(predicate))


def deciding_conditions(
    derivation: Derivation, traits: Traits, missing: ConditionGroup, holds: Holds
) -> tuple[Step, ...]:
    """Returns the steps of `missing`, the only condition that does not hold, each of which alone denies.

    Returns all steps if none introduces an element: they are equal. Otherwise returns those without which the condition
    would hold; the step that introduces an element is among them if no row meets the other conditions.
    """
    if all(step.binds is None for step in missing.steps):
        return missing.steps
    return tuple(step for step in missing.steps if _decides(derivation, traits, missing, step, holds))


def _decides(derivation: Derivation, traits: Traits, group: ConditionGroup, step: Step, holds: Holds) -> bool:
    if step.binds is None:
        return truth(_Assembly(derivation, traits, {id(step)}).of_step(step), holds)
    excluded = {
        id(other) for other in group.steps if other is not step and _within(other.predicate(traits)[0], step.binds)
    }
    alone = _Assembly(derivation, traits, excluded).of_step(step)
    without_step = _Assembly(derivation, traits, {*excluded, id(step)}).of_step(step)
    return not truth(alone, holds) and truth(without_step, holds)


def _within(element: Element | None, other: Element) -> bool:
    """Whether `element` is `other`, or a row of one of its relations, at any depth."""
    while element is not None:
        if element == other:
            return True
        element = element.origin.element if element.origin else None
    return False


class _Assembly:
    """The predicates of a derivation, combined per element, without the steps whose id is in `excluded`."""

    def __init__(self, derivation: Derivation, traits: Traits, excluded: Container[int] = ()) -> None:
        self._meanings = {id(step): step.predicate(traits) for step in derivation.steps}
        self._steps = [step for step in derivation.steps if id(step) not in excluded]
        self._elements = [step.binds for step in self._steps if step.binds is not None]

    def topmost(self, step: Step) -> tuple[Element | None, Predicate]:
        """Returns the row that `step` is about, and the condition on it that the step belongs to.

        Returns None and true or false if the step is about no row.
        """
        element, predicate = self._meanings[id(step)]
        if element is None or element.origin is None:
            return element, predicate if element is None else simplify(predicate, element.model)
        return self._whole(element)

    def of_step(self, step: Step) -> Predicate:
        """Returns the condition on the row that `step`, about an element, belongs to."""
        element, _ = self._meanings[id(step)]
        assert element is not None
        return self._whole(element)[1]

    def _whole(self, element: Element) -> tuple[Element, Predicate]:
        origin = element.origin
        assert origin is not None
        if origin.element.origin is not None:
            return self._whole(origin.element)
        root = origin.element
        return root, simplify(self._exists(element), root.model) if element in self._elements else TRUE

    def _exists(self, element: Element) -> Predicate:
        assert element.origin is not None
        items = {self._meanings[id(step)][1] for step in self._steps if self._meanings[id(step)][0] == element}
        items |= {
            self._exists(nested) for nested in self._elements if nested.origin and nested.origin.element == element
        }
        return Exists(element.origin.path, All(frozenset(items)))
