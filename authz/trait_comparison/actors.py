"""The actors that two versions of the policy can tell apart, in groups that get equal decisions from each of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from authz.actor import ActorKind, Traits
from authz.capabilities import Question, derivations
from authz.checks.trait_combinations import combinations, is_valid
from authz.counterexamples.formulas import has_flag
from authz.explain.active_derivations import group_by_open
from authz.explain.derivations import Derivation
from authz.lint.trait_dependence import Dependence
from authz.model.actions import ASSIGN, CAPABILITIES, REQUIRED, Capability
from authz.policy import Policy
from models import ACCOUNT_KINDS, Base, Permission

_REACH = (Capability.MANAGES_USERS, Capability.ASSIGN_AUDIENCE, Capability.ASSIGN_ALL)
"""The capabilities on which the flag `within_reach_of_actor` depends, apart from that of assigning permissions."""

_MOST_REASSIGNED = 2
"""How many permissions that other actors may give than before are told apart for the flag. Of the rest, an actor has
all or none."""


@dataclass(frozen=True, slots=True)
class ActorGroups:
    """Actors of one kind, those with equal decisions together, each with the fewest permissions first; and the traits
    by which they differ. Unless `all_told_apart`, some who may get other decisions are not among them."""

    dependence: Dependence
    groups: tuple[tuple[Traits, ...], ...]
    all_told_apart: bool = True


def actors_of_action(
    versions: Sequence[Policy], kind: ActorKind, action: str, model: type[Base], reassigned: frozenset[Permission]
) -> ActorGroups | None:
    """Returns the actors of `kind` for an action on a type; None if all versions have the same rules for it.
    `reassigned` are the permissions that not the same actors may give under all versions."""
    paths = [policy.derivation_builder.for_action(kind, action, model) for policy in versions]
    flagged = any(map(_names_flag, paths))
    if flagged:
        paths = [[*own, *_reach_derivations(policy, kind)] for policy, own in zip(versions, paths, strict=True)]
    if _are_same_rules(versions, paths):
        return None
    dependence = Dependence()
    for policy in versions:
        dependence |= policy.dependence(kind, action, model)
        if flagged:
            dependence |= _reach_dependence(policy, kind)
    if flagged:
        few = frozenset(sorted(reassigned)[:_MOST_REASSIGNED])
        dependence |= Dependence(values=few, whole_lists=frozenset({Permission}))
    told_apart = not flagged or len(reassigned) <= _MOST_REASSIGNED
    return ActorGroups(dependence, tuple(_grouped(paths, kind, dependence)), told_apart)


def actors_of_question(versions: Sequence[Policy], kind: ActorKind, question: Question) -> ActorGroups | None:
    """Returns the actors of `kind` for a question about themselves; None if all versions have the same rules for it."""
    paths = [derivations(policy, kind, question) for policy in versions]
    if _are_same_rules(versions, paths):
        return None
    required = REQUIRED.get(question.capability)
    dependence = Dependence()
    for policy in versions:
        dependence |= policy.capability_dependence(kind, question.capability)
        if required is not None:
            dependence |= policy.capability_dependence(kind, required)
    asked = {values(question.value) for values in dependence.whole_lists if question.value in tuple(values)}
    dependence |= Dependence(values=frozenset(asked))
    return ActorGroups(dependence, tuple(_grouped(paths, kind, dependence)))


def _are_same_rules(versions: Sequence[Policy], paths: Sequence[list[Derivation]]) -> bool:
    """Whether the derivations of all versions go through rules with equal words: then they have equal conditions."""
    first, *others = (_words(policy, own) for policy, own in zip(versions, paths, strict=True))
    return all(first == other for other in others)


def _words(policy: Policy, paths: Iterable[Derivation]) -> list[object]:
    return [
        (
            [policy.rule_words[rule.line] for rule in path.rules],
            [_words(policy, step.negated) for step in path.steps if step.negated is not None],
        )
        for path in paths
    ]


def _grouped(
    paths: Iterable[list[Derivation]], kind: ActorKind, dependence: Dependence
) -> Iterator[tuple[Traits, ...]]:
    actors = filter(is_valid, combinations(kind, dependence))
    for group in group_by_open(list(chain.from_iterable(paths)), actors).values():
        yield tuple(group)


def _names_flag(paths: list[Derivation]) -> bool:
    return any(
        step.negated is None and has_flag(step.predicate(Traits(ActorKind.STAFF))[1])
        for path in paths
        for step in path.steps
    )


def _reach_derivations(policy: Policy, kind: ActorKind) -> Iterator[Derivation]:
    for account in ACCOUNT_KINDS:
        yield from policy.derivation_builder.for_action(kind, ASSIGN, account.accounts)
    for capability in (*_REACH, Capability.ASSIGN_PERMISSION):
        for value in CAPABILITIES[capability] or ("",):
            yield from derivations(policy, kind, Question(capability, str(value)))


def _reach_dependence(policy: Policy, kind: ActorKind) -> Dependence:
    result = Dependence()
    for account in ACCOUNT_KINDS:
        result |= policy.dependence(kind, ASSIGN, account.accounts)
    for capability in _REACH:
        result |= policy.capability_dependence(kind, capability)
    return result
