"""The actors that two versions of the policy can tell apart, in groups that get equal decisions from each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class ActorGroups:
    """Actors of one kind, those with equal decisions together, each with the fewest permissions first; and the traits
    by which they differ."""

    dependence: Dependence
    groups: tuple[tuple[Traits, ...], ...]


def actors_of_action(
    versions: Sequence[Policy], kind: ActorKind, action: str, model: type[Base], reassigned: frozenset[Permission]
) -> ActorGroups:
    """Returns the actors of `kind` for an action on a type. `reassigned` are the permissions that not the same actors
    may give under all versions."""
    dependence = Dependence()
    paths: list[Derivation] = []
    flagged = False
    for policy in versions:
        own = policy.derivation_builder.for_action(kind, action, model)
        paths += own
        dependence |= policy.dependence(kind, action, model)
        flagged |= _names_flag(own)
    if flagged:
        for policy in versions:
            paths += _reach_derivations(policy, kind)
            dependence |= _reach_dependence(policy, kind)
        dependence |= Dependence(values=reassigned, whole_lists=frozenset({Permission}))
    return ActorGroups(dependence, tuple(_grouped(paths, kind, dependence)))


def actors_of_question(versions: Sequence[Policy], kind: ActorKind, question: Question) -> ActorGroups:
    """Returns the actors of `kind` for a question about themselves."""
    required = REQUIRED.get(question.capability)
    dependence = Dependence()
    for policy in versions:
        dependence |= policy.capability_dependence(kind, question.capability)
        if required is not None:
            dependence |= policy.capability_dependence(kind, required)
    asked = {values(question.value) for values in dependence.whole_lists if question.value in tuple(values)}
    dependence |= Dependence(values=frozenset(asked))
    paths = [derivation for policy in versions for derivation in derivations(policy, kind, question)]
    return ActorGroups(dependence, tuple(_grouped(paths, kind, dependence)))


def _grouped(paths: list[Derivation], kind: ActorKind, dependence: Dependence) -> Iterator[tuple[Traits, ...]]:
    actors = filter(is_valid, combinations(kind, dependence))
    for group in group_by_open(paths, actors).values():
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
