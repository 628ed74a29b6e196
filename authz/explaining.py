"""Why something is allowed or denied: each way through the rules, each of its conditions true or false.

It asks for the truth of predicates and evaluates none: `holds` can evaluate them on plain values (`evaluate.py`) or
know what a database said of them. The explanation agrees with the decision, as a test holds for all ways.

    [way] = unfolding.allowing(ActorKind.MEMBER, "view_billing", ContractAccount)
    conditions(way, traits)      (`"BILLING_VIEW" in actor.permissions`: false,
                                  `account.organization_id = actor.organization_id`: …,
                                  `grant in account.grants and grant.user_id = actor.id`: some grants (user_id = …))
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from authz.actor import Traits
from authz.meaning import Element
from authz.predicate import FALSE, TRUE, All, Exists, Predicate
from authz.simplify import simplify, target
from authz.unfolding import Step, Way

Holds = Callable[[Predicate], bool]


@dataclass(frozen=True, slots=True)
class Part:
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
class Explained:
    """One way, and which of its conditions hold of the row."""

    way: Way
    parts: tuple[tuple[Part, bool], ...]

    @property
    def allows(self) -> bool:
        """Whether the row is allowed in this way."""
        return all(holds for _, holds in self.parts)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The conditions that do not hold."""
        return tuple(part for part, holds in self.parts if not holds)


def conditions(way: Way, traits: Traits) -> tuple[Part, ...]:
    """The conditions of `way` for actors with `traits`, all of which must hold, in the order of the source.

    Conditions that say the same are one. Those about traits alone have the predicate true or false.
    """
    assembly = _Assembly(way, traits)
    parts: dict[object, Part] = {}
    for step in way.steps:
        element, predicate = assembly.topmost(step)
        # Two conditions on traits that are both false still say different things.
        key: object = predicate if element is not None else (predicate, step.text)
        steps = parts[key].steps if key in parts else ()
        parts[key] = Part(predicate, (*steps, step))
    return tuple(parts.values())


def explain(ways: Iterable[Way], traits: Traits, holds: Holds) -> list[Explained]:
    """Every way, explained, the nearest to allowing first: fewest conditions that do not hold, then the file's order.

    `holds` says whether a predicate holds of the row in question for the actor in question.
    """
    explained = [
        Explained(way, tuple((part, truth(part.predicate, holds)) for part in conditions(way, traits))) for way in ways
    ]
    return sorted(explained, key=lambda each: len(each.missing))


def truth(predicate: Predicate, holds: Holds) -> bool:
    """Whether `predicate` holds; what is true or false whatever the row is not asked."""
    return predicate == TRUE or (predicate != FALSE and holds(predicate))


def without(way: Way, traits: Traits, part: Part, step: Step) -> Predicate:
    """What is left of `part`, a condition about elements, when `step` of it is not asked.

    For the step that introduces an element: nothing is asked of the element, not even that there is one.
    """
    return _Assembly(way, traits, leaving=step).of_part(part)


class _Assembly:
    """The predicates of a way, those about elements put together; without one step, where asked."""

    def __init__(self, way: Way, traits: Traits, leaving: Step | None = None) -> None:
        self._meanings: Mapping[int, tuple[Element | None, Predicate]] = {
            id(step): step.meaning(traits) for step in way.steps
        }
        self._steps = [step for step in way.steps if step is not leaving]
        self._left = None if leaving is None else leaving.binds

    def topmost(self, step: Step) -> tuple[Element | None, Predicate]:
        """The condition on the row that `step` belongs to."""
        element, predicate = self._meanings[id(step)]
        if element is None:
            return None, predicate
        if element.number == 0:
            return element, simplify(predicate, element.model)
        top = _topmost(element)
        root, exists = self._exists(top)
        return root, simplify(exists, root.model)

    def of_part(self, part: Part) -> Predicate:
        """As `topmost`, for the element that `part` is about."""
        element, _ = self._meanings[id(part.steps[0])]
        assert element is not None
        root, exists = self._exists(_topmost(element))
        return simplify(exists, root.model)

    def _exists(self, element: Element) -> tuple[Element, Predicate]:
        assert element.place is not None
        if element == self._left:
            return element.place.element, TRUE
        items = {self._meanings[id(step)][1] for step in self._steps if self._meanings[id(step)][0] == element}
        items |= {self._exists(each)[1] for each in self._elements() if each.place and each.place.element == element}
        return element.place.element, Exists(element.place.path, All(frozenset(items)))

    def _elements(self) -> list[Element]:
        return [step.binds for step in self._steps if step.binds is not None]


def _topmost(element: Element) -> Element:
    """The element of the row's own relation in which `element` is found."""
    assert element.place is not None
    owner = element.place.element
    return element if owner.number == 0 else _topmost(owner)
