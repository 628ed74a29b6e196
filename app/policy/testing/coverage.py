"""Which rules of a policy, which ways through them and which conditions a set of tests exercised.

- A *rule*, and a *way* through the rules that begins at an `allow` rule or a question, is exercised when some case was
  allowed through it. A way that no actor who can be stored could take does not count.
- A *condition* is exercised twice: when some case was allowed through it, so that it was true; and when some case had
  it close a way all alone: false, and all other conditions of that way true.

Where conditions stand in the file comes from unfolding the source (`authz/explain/derivations.py`), and what they are
for a case
from the predicates that they mean; so one condition of the source is counted once, however many ways lead through it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from app.policy.testing.phrases import every_asked
from app.policy.testing.runner import PolicyUnderTest, grouped_by_actor, holding
from app.policy.testing.test_files import TestFile
from authz.actor import ActorKind
from authz.checks.trait_combinations import combinations, is_valid
from authz.explain.derivations import Derivation, Step
from authz.explain.diagnosis import condition_groups, deciding_conditions
from authz.lint.trait_dependence import Dependence
from authz.model.actor_attributes import TRAITS
from authz.model.resources import CAPABILITIES, Capability
from authz.predicates.nodes import FALSE
from models import Permission, Scope

RULE, WAY, TRUE, DECIDED = "rule", "way", "true", "denied"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to exercise: its kind, the line that it stands on, that of its rule, and what tells it from others."""

    kind: str
    line: int
    rule: int
    key: object
    text: str

    @property
    def missed(self) -> str:
        """What no case has done."""
        return {
            RULE: "nothing was allowed by this rule",
            WAY: f"nothing was allowed through {self.text}",
            TRUE: f"nothing was allowed on `{self.text}`",
            DECIDED: f"nothing was denied by `{self.text}` alone",
        }[self.kind]


@dataclass
class Coverage:
    """The points of a policy, those that were exercised, and how many ways no actor could take."""

    points: dict[Point, None] = field(default_factory=dict)
    exercised: set[Point] = field(default_factory=set)
    impossible: int = 0

    @property
    def missed(self) -> list[Point]:
        """What was not exercised, in the order of the file."""
        return sorted((point for point in self.points if point not in self.exercised), key=lambda point: point.line)

    @property
    def percent(self) -> float:
        """How many of a hundred points were exercised."""
        return 100 * len(self.exercised) / len(self.points) if self.points else 100.0

    def counts(self, kind: str) -> tuple[int, int]:
        """Of this kind of point, how many were exercised, and how many there are."""
        return (
            sum(point.kind == kind for point in self.exercised),
            sum(point.kind == kind for point in self.points),
        )


def measure_coverage(files: Iterable[TestFile], examined: PolicyUnderTest) -> Coverage:
    """What the cases of `files` exercise of the policy, whether they pass or fail."""
    coverage = Coverage()
    for derivation in _every_derivation(examined):
        if possible(derivation):
            coverage.points |= dict.fromkeys(_allowed(derivation))
            coverage.points |= {_decided(step): None for step in derivation.steps if step.written}
        else:
            coverage.impossible += 1
    for file in files:
        for case in grouped_by_actor(file, examined.policy):
            for weighed in examined.weighed(case):
                if weighed.allows:
                    coverage.exercised.update(_allowed(weighed.derivation))
                elif len(weighed.missing) == 1:
                    (missing,) = weighed.missing
                    found = deciding_conditions(weighed.derivation, case.person.traits, missing, holding(case))
                    coverage.exercised.update(map(_decided, found))
    coverage.exercised &= coverage.points.keys()
    return coverage


def _every_derivation(examined: PolicyUnderTest) -> Iterator[Derivation]:
    for asked in every_asked():
        words = (CAPABILITIES[Capability(asked.action)] or ("",)) if asked.model is None else (None,)
        for kind, word in product(ActorKind, words):
            yield from examined.derivations(asked, word, kind)


def _allowed(derivation: Derivation) -> Iterator[Point]:
    for rule in derivation.rules:
        yield Point(RULE, rule.line, rule.line, rule, "")
    trail = tuple(rule.line for rule in derivation.rules)
    steps = tuple(step.span.start for step in derivation.steps)
    yield Point(WAY, trail[0], trail[0], (trail, steps), "lines " + ", ".join(map(str, trail)))
    for step in filter(lambda each: each.written, derivation.steps):
        yield Point(TRUE, step.span.line, step.rule.line, step.span, step.text)


def _decided(step: Step) -> Point:
    return Point(DECIDED, step.span.line, step.rule.line, step.span, step.text)


def possible(derivation: Derivation) -> bool:
    """Whether an actor who can be stored could take this way, as far as traits tell."""
    named = frozenset(
        word for word in (*Permission, *Scope) if any(f'"{word}"' in step.text for step in derivation.steps)
    )
    every = combinations(ActorKind.CLIENT, Dependence(frozenset(TRAITS), named))
    return any(
        all(part.predicate != FALSE for part in condition_groups(derivation, traits))
        for traits in filter(is_valid, every)
    )
