"""Which conditions of the policy hold of a row, derivation by derivation (`unfolding.py`), and which one alone denies.

It asks for the truth of predicates and evaluates none: `holds` can evaluate them on plain values (`evaluate.py`).

    parts(derivation, traits)    `"BILLING_VIEW" in actor.permissions`                        true or false
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
    """One condition on the row: a predicate, and the steps of the source that say it.

    Several where they say the same, or where they speak of an element: "some grant is the actor's" is one condition.
    """

    predicate: Predicate
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """The condition as the policy says it."""
        return " and ".join(dict.fromkeys(step.text for step in self.steps))


@dataclass(frozen=True, slots=True)
class DerivationResult:
    """One derivation, and which of its conditions hold of the row."""

    derivation: Derivation
    groups: tuple[tuple[ConditionGroup, bool], ...]

    @property
    def allows(self) -> bool:
        """Whether the row is allowed in this way."""
        return all(holds for _, holds in self.groups)

    @property
    def missing(self) -> tuple[ConditionGroup, ...]:
        """The conditions that do not hold."""
        return tuple(part for part, holds in self.groups if not holds)


def condition_groups(derivation: Derivation, traits: Traits) -> tuple[ConditionGroup, ...]:
    """The conditions of `derivation` for actors with `traits`, all of which must hold, in the order of the source.

    Conditions that say the same are one. Those about traits alone have the predicate true or false.
    """
    assembly = _Assembly(derivation, traits)
    found: dict[object, ConditionGroup] = {}
    for step in derivation.steps:
        element, predicate = assembly.topmost(step)
        # Two conditions on traits that are both false still say different things.
        key: object = predicate if element is not None else (predicate, step.text)
        steps = found[key].steps if key in found else ()
        found[key] = ConditionGroup(predicate, (*steps, step))
    return tuple(found.values())


def diagnose(known: Iterable[tuple[Derivation, tuple[ConditionGroup, ...]]], holds: Holds) -> list[DerivationResult]:
    """Each derivation, given with its `parts`, weighed; the nearest to allowing first: fewest conditions that do not
    hold, then the order of the file. `holds` says whether a predicate holds of the row for the actor in question.
    """
    weighed = [
        DerivationResult(derivation, tuple((part, truth(part.predicate, holds)) for part in of_it))
        for derivation, of_it in known
    ]
    return sorted(weighed, key=lambda each: len(each.missing))


def truth(predicate: Predicate, holds: Holds) -> bool:
    """Whether `predicate` holds; what is true or false whatever the row is not asked."""
    return predicate == TRUE or (predicate != FALSE and holds(predicate))


def deciding_conditions(
    derivation: Derivation, traits: Traits, missing: ConditionGroup, holds: Holds
) -> tuple[Step, ...]:
    """The steps of `missing`, the only condition that does not hold, each of which alone denies.

    All, where they say the same. Of a condition about elements, those without which it would hold; of the step that
    introduces an element, that there is none, given what else is asked.
    """
    if all(step.binds is None for step in missing.steps):
        return missing.steps
    return tuple(step for step in missing.steps if _decides(derivation, traits, missing, step, holds))


def _decides(derivation: Derivation, traits: Traits, part: ConditionGroup, step: Step, holds: Holds) -> bool:
    if step.binds is None:
        return truth(_Assembly(derivation, traits, {id(step)}).of_step(step), holds)
    about = {id(each) for each in part.steps if each is not step and _within(each.predicate(traits)[0], step.binds)}
    bare = _Assembly(derivation, traits, about).of_step(step)
    gone = _Assembly(derivation, traits, {*about, id(step)}).of_step(step)
    return not truth(bare, holds) and truth(gone, holds)


def _within(element: Element | None, other: Element) -> bool:
    """Whether `element` is `other`, or is found in one of its relations."""
    while element is not None:
        if element == other:
            return True
        element = element.place.element if element.place else None
    return False


class _Assembly:
    """The predicates of a derivation, those about elements put together; without the steps whose id is in `leaving`."""

    def __init__(self, derivation: Derivation, traits: Traits, leaving: Container[int] = ()) -> None:
        self._meanings = {id(step): step.predicate(traits) for step in derivation.steps}
        self._steps = [step for step in derivation.steps if id(step) not in leaving]
        self._elements = [step.binds for step in self._steps if step.binds is not None]

    def topmost(self, step: Step) -> tuple[Element | None, Predicate]:
        """The condition on the row that `step` belongs to, and the row; None and true or false, if on none."""
        element, predicate = self._meanings[id(step)]
        if element is None or element.place is None:
            return element, predicate if element is None else simplify(predicate, element.model)
        return self._whole(element)

    def of_step(self, step: Step) -> Predicate:
        """The condition on the row that `step`, about an element, belongs to."""
        element, _ = self._meanings[id(step)]
        assert element is not None
        return self._whole(element)[1]

    def _whole(self, element: Element) -> tuple[Element, Predicate]:
        place = element.place
        assert place is not None
        if place.element.place is not None:
            return self._whole(place.element)
        root = place.element
        return root, simplify(self._exists(element), root.model) if element in self._elements else TRUE

    def _exists(self, element: Element) -> Predicate:
        assert element.place is not None
        items = {self._meanings[id(step)][1] for step in self._steps if self._meanings[id(step)][0] == element}
        items |= {self._exists(each) for each in self._elements if each.place and each.place.element == element}
        return Exists(element.place.path, All(frozenset(items)))
