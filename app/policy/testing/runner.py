"""Runs test files against a policy: decides each case, and gives the reasons of unexpected decisions.

Decisions are those of the compiled policy, evaluated on the rows of the world. The reasons for a denial come from the
policy's source, condition by condition.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.policy.testing.phrases import CaseRequest
from app.policy.testing.test_files import PolicyCase, TestFile
from authz.actor import ActorKind, Identity, Traits
from authz.explain.derivations import Derivation
from authz.explain.diagnosis import ConditionGroup, DerivationResult, condition_groups, diagnose
from authz.model.actions import Capability
from authz.policy import Policy
from authz.predicates.evaluate import Row, holds
from authz.predicates.nodes import Branch, Predicate
from authz.within_reach.rows import set_flags

GroupedDerivations = tuple[tuple[Derivation, tuple[ConditionGroup, ...]], ...]
"""Derivations, each with its condition groups."""


class PolicyUnderTest:
    """A policy under test, and the derivations of its source `text`, called `file`."""

    def __init__(self, text: str, file: str) -> None:
        self.policy = Policy(text, file)
        self.lines = text.splitlines()
        self.derivation_builder = self.policy.derivation_builder
        self.derivations = lru_cache(None)(self._derivations)
        self.condition_groups = lru_cache(None)(self._condition_groups)

    def branches(self, case: PolicyCase) -> list[Branch]:
        """Returns the branches of the policy that allow the case."""
        if case.request.model is None:
            return []
        decision = self.policy.decision(case.actor.traits, case.request.action, case.request.model)
        return [branch for branch in decision.branches if evaluator(case)(branch.where)]

    def diagnose(self, case: PolicyCase) -> list[DerivationResult]:
        """Returns the result of each derivation that could allow the case, closest to allowing first."""
        value = case.target if isinstance(case.target, str) else None
        return diagnose(self.condition_groups(case.request, value, case.actor.traits), evaluator(case))

    def _derivations(self, request: CaseRequest, value: str | None, kind: ActorKind) -> tuple[Derivation, ...]:
        if request.model is None:
            return tuple(self.derivation_builder.for_rule(kind, request.action, *([value] if value else [])))
        return tuple(self.derivation_builder.for_action(kind, request.action, request.model))

    def _condition_groups(self, request: CaseRequest, value: str | None, traits: Traits) -> GroupedDerivations:
        derivations = self.derivations(request, value, traits.kind)
        return tuple((derivation, condition_groups(derivation, traits)) for derivation in derivations)


def evaluator(case: PolicyCase) -> Callable[[Predicate], bool]:
    """Returns a function that tells whether a predicate holds for the target and the actor of the case."""
    identity: Mapping[Identity, str | None] = case.actor.identity
    row = case.target
    return lambda predicate: isinstance(row, Row) and holds(predicate, row, identity)


def allows(policy: Policy, case: PolicyCase) -> bool:
    """Whether the policy allows the case. The flags of the world must be set for its actor (`grouped_by_actor`)."""
    traits, request = case.actor.traits, case.request
    if request.model is None:
        return case.target in policy.capability_values(traits, Capability(request.action))
    return evaluator(case)(policy.decision(traits, request.action, request.model).where)


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A case with an unexpected decision. `reasons` are the rules that allowed, or the conditions that denied."""

    file: str
    case: PolicyCase
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        expected, actual = ("allowed", "denied") if self.case.allowed else ("denied", "allowed")
        because = f" because {self.case.because}" if self.case.because else ""
        first = f"{self.file}:{self.case.line}: {self.case}: must be {expected}{because}, but is {actual}."
        return "\n".join((first, *(f"    {reason}" for reason in self.reasons)))


@dataclass(slots=True)
class FileResult:
    """The result of one file."""

    file: str
    about: str
    cases: int = 0
    failures: list[CaseFailure] = field(default_factory=list)


def run(files: Iterable[TestFile], under_test: PolicyUnderTest) -> Iterator[FileResult]:
    """Runs the cases of each file and yields its result."""
    for file in files:
        result = FileResult(file.file, file.about, len(file.cases))
        for case in grouped_by_actor(file, under_test.policy):
            if allows(under_test.policy, case) != case.allowed:
                result.failures.append(CaseFailure(file.file, case, tuple(dict.fromkeys(reasons(case, under_test)))))
        result.failures.sort(key=lambda failure: failure.case.line)
        yield result


def grouped_by_actor(file: TestFile, policy: Policy) -> Iterator[PolicyCase]:
    """Yields the cases of `file` actor by actor. The flags of the world are set for the actor of the yielded case."""
    for name in dict.fromkeys(case.actor.name for case in file.cases):
        cases = [case for case in file.cases if case.actor.name == name]
        set_flags(policy, cases[0].actor.traits, cases[0].actor.identity, file.named.world)
        yield from cases


def reasons(case: PolicyCase, under_test: PolicyUnderTest) -> Iterator[str]:
    """Yields the rules through which a case is allowed, or the conditions that deny in the closest derivations."""
    results = under_test.diagnose(case)
    if not case.allowed:
        trails = [branch.sources for branch in under_test.branches(case)] or [
            result.derivation.rules for result in results if result.allows
        ]
        for trail in trails:
            through = "".join(f" → {rule.line}" for rule in trail[1:])
            yield f"allowed by {_rule_head(under_test, trail[0].line)} at {trail[0]}{through}"
        return
    if not results:
        yield "no rule could allow it"
    for result in results:
        if len(result.missing) == len(results[0].missing):
            conditions = " and ".join(f"`{group.text}` ({_position(group)})" for group in result.missing)
            yield f"denied at {result.derivation.rules[0]}, for want of {conditions}"


def _rule_head(under_test: PolicyUnderTest, line: int) -> str:
    return f"`{under_test.lines[line - 1].strip().removesuffix(' if').removesuffix(';')}`"


def _position(group: ConditionGroup) -> str:
    first = group.steps[0]
    return f"{first.rule.file}:{first.span.line}"
