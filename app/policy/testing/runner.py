"""Running test files against a policy: what it says of each case, and why it says other than was expected.

The answers are those of the compiled policy, evaluated on the rows of the world; the reasons for what is missing come
from the policy's source, condition by condition.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.policy.testing.phrases import CaseRequest
from app.policy.testing.test_files import PolicyCase, TestFile
from authz.actor import ActorKind, Traits
from authz.explain.derivations import Derivation
from authz.explain.diagnosis import ConditionGroup, DerivationResult, condition_groups, diagnose
from authz.model.resources import Capability
from authz.policy import Policy
from authz.predicates.evaluate import Row, holds
from authz.predicates.nodes import Branch, Identity, Predicate
from authz.within_reach.rows import set_flags

Known = tuple[tuple[Derivation, tuple[ConditionGroup, ...]], ...]


class PolicyUnderTest:
    """A policy under test: what it says, and the derivations of its source `text`, called `file`."""

    def __init__(self, text: str, file: str) -> None:
        self.policy = Policy(text, file)
        self.lines = text.splitlines()
        self.unfolding = self.policy.derivation_builder
        self.derivations = lru_cache(None)(self._derivations)
        self.known = lru_cache(None)(self._known)

    def branches(self, case: PolicyCase) -> list[Branch]:
        """The branches of the policy that allow it."""
        if case.asked.model is None:
            return []
        decision = self.policy.decision(case.person.traits, case.asked.action, case.asked.model)
        return [branch for branch in decision.branches if holding(case)(branch.where)]

    def weighed(self, case: PolicyCase) -> list[DerivationResult]:
        """Each way in which the policy could allow it, the nearest first."""
        word = case.thing if isinstance(case.thing, str) else None
        return diagnose(self.known(case.asked, word, case.person.traits), holding(case))

    def _derivations(self, asked: CaseRequest, word: str | None, kind: ActorKind) -> tuple[Derivation, ...]:
        if asked.model is None:
            return tuple(self.unfolding.for_rule(kind, asked.action, *([word] if word else [])))
        return tuple(self.unfolding.for_action(kind, asked.action, asked.model))

    def _known(self, asked: CaseRequest, word: str | None, traits: Traits) -> Known:
        derivations = self.derivations(asked, word, traits.kind)
        return tuple((derivation, condition_groups(derivation, traits)) for derivation in derivations)


def holding(case: PolicyCase) -> Callable[[Predicate], bool]:
    """Whether a predicate holds of what the case is about, for its person."""
    identity: Mapping[Identity, str | None] = case.person.identity
    row = case.thing
    return lambda predicate: isinstance(row, Row) and holds(predicate, row, identity)


def allows(policy: Policy, case: PolicyCase) -> bool:
    """Whether the policy allows what the case asks; the world must be seen as its person sees it (`in_file_order`)."""
    traits, asked = case.person.traits, case.asked
    if asked.model is None:
        return case.thing in policy.answers(traits, Capability(asked.action))
    return holding(case)(policy.decision(traits, asked.action, asked.model).where)


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A case that the policy answers otherwise: `reasons` are the rules that allowed, or the conditions that denied."""

    file: str
    case: PolicyCase
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        expected, actual = ("allowed", "denied") if self.case.allowed else ("denied", "allowed")
        because = f" because {self.case.because}" if self.case.because else ""
        first = f"{self.file}:{self.case.line}: {self.case}: must be {expected}{because}, and is {actual}."
        return "\n".join((first, *(f"    {reason}" for reason in self.reasons)))


@dataclass(slots=True)
class FileResult:
    """What came of one file."""

    file: str
    about: str
    cases: int = 0
    failures: list[CaseFailure] = field(default_factory=list)


def run(files: Iterable[TestFile], examined: PolicyUnderTest) -> Iterator[FileResult]:
    """The result of each file."""
    for file in files:
        result = FileResult(file.file, file.about, len(file.cases))
        for case in grouped_by_actor(file, examined.policy):
            if allows(examined.policy, case) != case.allowed:
                result.failures.append(CaseFailure(file.file, case, tuple(dict.fromkeys(reasons(case, examined)))))
        result.failures.sort(key=lambda failure: failure.case.line)
        yield result


def grouped_by_actor(file: TestFile, policy: Policy) -> Iterator[PolicyCase]:
    """The cases of `file` person by person, and the world as that person sees it while theirs last."""
    for person in dict.fromkeys(case.person.name for case in file.cases):
        own = [case for case in file.cases if case.person.name == person]
        set_flags(policy, own[0].person.traits, own[0].person.identity, file.named.world)
        yield from own


def reasons(case: PolicyCase, examined: PolicyUnderTest) -> Iterator[str]:
    """The rules through which a case is allowed; or, of the rules that come nearest, the conditions that deny."""
    weighed = examined.weighed(case)
    if not case.allowed:
        trails = [branch.sources for branch in examined.branches(case)] or [
            each.derivation.rules for each in weighed if each.allows
        ]
        for trail in trails:
            through = "".join(f" → {rule.line}" for rule in trail[1:])
            yield f"allowed by {_head(examined, trail[0].line)} at {trail[0]}{through}"
        return
    if not weighed:
        yield "no rule could allow it"
    for each in weighed:
        if len(each.missing) == len(weighed[0].missing):
            conditions = " and ".join(f"`{part.text}` ({_place(part)})" for part in each.missing)
            yield f"denied at {each.derivation.rules[0]}, for want of {conditions}"


def _head(examined: PolicyUnderTest, line: int) -> str:
    return f"`{examined.lines[line - 1].strip().removesuffix(' if').removesuffix(';')}`"


def _place(part: ConditionGroup) -> str:
    first = part.steps[0]
    return f"{first.rule.file}:{first.span.line}"
