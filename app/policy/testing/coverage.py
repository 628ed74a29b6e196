"""Measures which rules of a policy, which paths through them and which conditions a set of tests covers.

- A *rule*, or a *path* through the rules that begins at an `allow` rule or a capability, is covered if a case was
  allowed through it. Paths that no actor in the database could take do not count.
- A *condition* has two points: it was true if a case was allowed through it, and it denied alone if in some case it was
  false and all other conditions of a path were true.

The positions of conditions come from the derivations of the source (`authz/explain/derivations.py`), their values from
predicates, so a condition of the source is counted once, however many paths contain it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from app.policy.testing.phrases import all_requests
from app.policy.testing.runner import PolicyUnderTest, allows, evaluator, grouped_by_actor
from app.policy.testing.test_files import TestFile
from authz.actor import ActorKind, Traits
from authz.checks.trait_combinations import combinations, is_valid
from authz.explain.derivations import Derivation, Step
from authz.explain.diagnosis import condition_groups, deciding_conditions
from authz.lint.trait_dependence import Dependence
from authz.model.actions import CAPABILITIES, Capability
from authz.model.actor_attributes import TRAITS
from authz.predicates.nodes import FALSE
from models import Permission, Scope

RULE, PATH, TRUE, DENIED_ALONE = "rule", "way", "true", "denied"


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """One point to cover: its kind, its line, the line of its rule, and the key that identifies it."""

    kind: str
    line: int
    rule: int
    key: object
    text: str

    @property
    def missed(self) -> str:
        """Describes what no case has done."""
        return {
            RULE: "nothing was allowed by this rule",
            PATH: f"nothing was allowed through {self.text}",
            TRUE: f"nothing was allowed on `{self.text}`",
            DENIED_ALONE: f"nothing was denied by `{self.text}` alone",
        }[self.kind]


@dataclass
class Coverage:
    """The points of a policy, those that are covered, and the number of paths that no actor could take. `failed` counts
    the cases whose decision is not the expected one: what they cover is no evidence of anything."""

    points: dict[CoveragePoint, None] = field(default_factory=dict)
    covered: set[CoveragePoint] = field(default_factory=set)
    impossible_paths: int = 0
    failed: int = 0

    @property
    def missed(self) -> list[CoveragePoint]:
        """Returns the points that are not covered, in the order of the file."""
        return sorted((point for point in self.points if point not in self.covered), key=lambda point: point.line)

    @property
    def percent(self) -> float:
        """Returns the percentage of points that are covered."""
        return 100 * len(self.covered) / len(self.points) if self.points else 100.0

    def counts(self, kind: str) -> tuple[int, int]:
        """Returns the number of covered points of this kind, and the number of all."""
        return (
            sum(point.kind == kind for point in self.covered),
            sum(point.kind == kind for point in self.points),
        )


def measure_coverage(files: Iterable[TestFile], under_test: PolicyUnderTest) -> Coverage:
    """Measures what the cases of `files` cover of the policy, whether they pass or fail."""
    coverage = Coverage()
    for derivation in _all_derivations(under_test):
        if is_possible(derivation):
            coverage.points |= dict.fromkeys(_points_if_allowed(derivation))
            coverage.points |= {_denied_alone(step): None for step in derivation.steps if step.explicit}
        else:
            coverage.impossible_paths += 1
    for file in files:
        for case in grouped_by_actor(file, under_test.policy):
            coverage.failed += allows(under_test.policy, case) != case.allowed
            for result in under_test.diagnose(case):
                if result.allows:
                    coverage.covered.update(_points_if_allowed(result.derivation))
                elif len(result.missing) == 1:
                    (missing,) = result.missing
                    steps = deciding_conditions(result.derivation, case.actor.traits, missing, evaluator(case))
                    coverage.covered.update(map(_denied_alone, steps))
    coverage.covered &= coverage.points.keys()
    return coverage


def _all_derivations(under_test: PolicyUnderTest) -> Iterator[Derivation]:
    for request in all_requests():
        values = (CAPABILITIES[Capability(request.action)] or ("",)) if request.model is None else (None,)
        for kind, value in product(ActorKind, values):
            yield from under_test.derivations(request, value, kind)


def _points_if_allowed(derivation: Derivation) -> Iterator[CoveragePoint]:
    for rule in derivation.rules:
        yield CoveragePoint(RULE, rule.line, rule.line, rule, "")
    trail = tuple(rule.line for rule in derivation.rules)
    steps = tuple(step.span.start for step in derivation.steps)
    yield CoveragePoint(PATH, trail[0], trail[0], (trail, steps), "lines " + ", ".join(map(str, trail)))
    for step in filter(lambda candidate: candidate.explicit, derivation.steps):
        yield CoveragePoint(TRUE, step.span.line, step.rule.line, step.span, step.text)


def _denied_alone(step: Step) -> CoveragePoint:
    return CoveragePoint(DENIED_ALONE, step.span.line, step.rule.line, step.span, step.text)


def is_possible(derivation: Derivation) -> bool:
    """Whether an actor in the database could take this path, judging by traits only."""
    named = frozenset(
        value for value in (*Permission, *Scope) if any(f'"{value}"' in step.text for step in derivation.steps)
    )
    all_traits = combinations(ActorKind.CLIENT, Dependence(frozenset(TRAITS), named))
    return any(_is_possible_for(traits, derivation) for traits in filter(is_valid, all_traits))


def _is_possible_for(traits: Traits, derivation: Derivation) -> bool:
    # Most traits make a condition false that is about nothing but traits. That is quickly found.
    if any(step.predicate(traits) == (None, FALSE) for step in derivation.steps):
        return False
    return all(group.predicate != FALSE for group in condition_groups(derivation, traits))
