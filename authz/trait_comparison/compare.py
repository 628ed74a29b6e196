"""Says what an edit of the policy means for actors and rows that need not exist yet: wider, narrower, both or equal.

Each action on a type, and each capability, is compared for each group of actors that the rules tell
apart. Where the compiled predicates differ, a model finder looks for a row that only one of them allows
(`authz/counterexamples`). Nothing is sampled: without such a row, they are equal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from authz.actor import ActorKind, Traits
from authz.capabilities import QUESTIONS, Question, derivations, is_fulfilled
from authz.counterexamples.compare import Side, crossing, find_difference
from authz.counterexamples.witness import Nothing, Witness
from authz.model.actions import ACTIONS, Capability
from authz.policy import Policy
from authz.predicates.nodes import Predicate
from authz.trait_comparison.actors import ActorGroups, actors_of_action, actors_of_question
from authz.trait_facts import Facts, described, facts_of
from models import Base, Permission


class Verdict(StrEnum):
    """What the new version allows, compared with the old one."""

    WIDER = "wider"
    NARROWER = "narrower"
    BOTH = "both"
    EQUAL = "equal"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class TraitChange:
    """What changes for actors of `kind` for whom all facts of at least one item of `when` hold.

    For an action on `model`, `was` and `becomes` are the predicates. A capability has no `model`, and
    there `was` and `becomes` are the answers. `traits` are those of the actor with the fewest permissions. `gained` is
    a made-up world with a row that only the new version allows, `lost` one that only the old one allows; `crossing` is
    one that is gained and of another organization than the actor.
    """

    kind: ActorKind
    action: str
    model: type[Base] | None
    when: tuple[Facts, ...]
    traits: Traits
    was: Predicate | bool
    becomes: Predicate | bool
    verdict: Verdict
    gained: Witness | None = None
    lost: Witness | None = None
    crossing: Witness | None = None


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """The result: all changes, and the conditions that are the same in other words."""

    changes: tuple[TraitChange, ...]

    def of(self, *verdicts: Verdict) -> tuple[TraitChange, ...]:
        """Returns the changes with one of the verdicts."""
        return tuple(change for change in self.changes if change.verdict in verdicts)

    @property
    def differs(self) -> bool:
        """Whether anything changes for anybody, or may change."""
        return any(change.verdict is not Verdict.EQUAL for change in self.changes)


def compare(old: Policy, new: Policy) -> PolicyComparison:
    """Compares the versions. `changes` includes those whose predicates differ in form and are proved equal."""
    changes: list[TraitChange] = []
    for question in QUESTIONS:
        for kind in ActorKind:
            of_question = actors_of_question((old, new), kind, question)
            if of_question is not None:
                changes += _question_changes(old, new, kind, question, of_question)
    reassigned = frozenset(
        Permission(change.action.partition(" ")[2])
        for change in changes
        if change.action.startswith(Capability.ASSIGN_PERMISSION)
    )
    for model, actions in ACTIONS.items():
        for action in actions:
            for kind in ActorKind:
                of_action = actors_of_action((old, new), kind, action.value, model, reassigned)
                if of_action is not None:
                    changes += _ActionComparison(old, new, action.value, model).changes(kind, of_action)
    return PolicyComparison(tuple(changes))


def _question_changes(
    old: Policy, new: Policy, kind: ActorKind, question: Question, actors: ActorGroups
) -> Iterator[TraitChange]:
    paths = [derivations(policy, kind, question) for policy in (old, new)]
    by_answers: dict[tuple[bool, ...], list[Traits]] = {}
    for group in actors.groups:
        answers = tuple(any(is_fulfilled(path, group[0]) for path in of_policy) for of_policy in paths)
        by_answers.setdefault(answers, []).extend(group)
    facts = {answers: [facts_of(traits, actors.dependence) for traits in by_answers[answers]] for answers in by_answers}
    for (was, becomes), affected in by_answers.items():
        if was != becomes:
            others = [fact for answers in facts if answers != (was, becomes) for fact in facts[answers]]
            when = described(facts[was, becomes], others)
            fewest = min(affected, key=lambda traits: (len(traits.permissions), len(traits.scopes)))
            verdict = Verdict.WIDER if becomes else Verdict.NARROWER
            yield TraitChange(kind, str(question), None, when, fewest, was, becomes, verdict)


@dataclass(frozen=True, slots=True)
class _Result:
    """The verdict on a group of actors, by an actor of it with `traits`: None if the decisions are equal in form."""

    verdict: Verdict
    was: Predicate
    becomes: Predicate
    traits: Traits | None = None
    gained: Witness | None = None
    lost: Witness | None = None


@dataclass(frozen=True, slots=True)
class _ActionComparison:
    """Compares the decisions of two versions on `action`."""

    old: Policy
    new: Policy
    action: str
    model: type[Base]

    def changes(self, kind: ActorKind, actors: ActorGroups) -> Iterator[TraitChange]:
        """Yields what changes for actors of `kind`."""
        results: dict[object, tuple[_Result, list[Traits]]] = {}
        for group in self._merged(actors):
            result = self._compare(group, actors)
            key: object = None if result.traits is None else (result.verdict, result.was, result.becomes)
            results.setdefault(key, (result, []))[1].extend(group)
        facts = {key: [facts_of(traits, actors.dependence) for traits in group] for key, (_, group) in results.items()}
        for key, (result, _) in results.items():
            if result.traits is not None:
                others = [fact for other in facts if other != key for fact in facts[other]]
                yield TraitChange(
                    kind,
                    self.action,
                    self.model,
                    described(facts[key], others),
                    result.traits,
                    result.was,
                    result.becomes,
                    result.verdict,
                    result.gained,
                    result.lost,
                    self._find_crossing(result),
                )

    def _merged(self, actors: ActorGroups) -> Iterable[list[Traits]]:
        """Returns the actors with equal decisions under both versions, those with the fewest permissions first."""
        merged: dict[object, list[Traits]] = {}
        for group in actors.groups:
            before, after = self._sides(group[0])
            merged.setdefault((before.where, after.where, before.meaning, after.meaning), []).extend(group)
        return merged.values()

    def _compare(self, group: list[Traits], actors: ActorGroups) -> _Result:
        """Compares for actors with equal decisions.

        What an actor's own row holds can matter beside the decisions, so all of the group are tried until a row is
        found.
        """
        before, after = self._sides(group[0])
        predicates = before.where, after.where
        if before.where == after.where and before.meaning == after.meaning:
            return _Result(Verdict.EQUAL, *predicates)
        proved = actors.all_told_apart
        for traits in {each.owner_traits: each for each in group}.values():
            before, after = self._sides(traits)
            pairs = (after, before), (before, after)
            found = [find_difference(*sides, self.model, traits) for sides in pairs]
            gained, lost = (result if isinstance(result, Witness) else None for result in found)
            proved = proved and all(result.proved for result in found if isinstance(result, Nothing))
            if gained or lost:
                verdict = Verdict.BOTH if gained and lost else Verdict.WIDER if gained else Verdict.NARROWER
                return _Result(verdict, *predicates, traits, gained, lost)
        return _Result(Verdict.EQUAL if proved else Verdict.UNDECIDED, *predicates, group[0])

    def _sides(self, traits: Traits) -> tuple[Side, Side]:
        old, new = self.old.for_all_traits, self.new.for_all_traits
        return (
            Side(old, traits, old.decision(traits, self.action, self.model)),
            Side(new, traits, new.decision(traits, self.action, self.model)),
        )

    def _find_crossing(self, result: _Result) -> Witness | None:
        if result.gained is None or result.traits is None or result.traits.kind is ActorKind.STAFF:
            return None
        before, after = self._sides(result.traits)
        found = find_difference(after, before, self.model, result.traits, crossing(self.model))
        return found if isinstance(found, Witness) else None
