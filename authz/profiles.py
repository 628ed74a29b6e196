"""Groups actors by decision: for one action, each distinct predicate, and the traits of the actors who get it.

A group of actors of one kind with equal predicates is a *profile*. Two of the profiles for `view` on Service:

    audience ORGANIZATION, all_contract_accounts, SITES_SERVICES_VIEW    organization_id = actor.organization_id
    not SITES_SERVICES_VIEW                                              false
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.actor import ActorKind, Traits
from authz.capabilities import Question, derivations, holds, is_fulfilled
from authz.checks.trait_combinations import combinations, is_valid
from authz.explain.active_derivations import group_by_open
from authz.language.ast import Source
from authz.lint.trait_dependence import Dependence
from authz.model.actions import REQUIRED
from authz.policy import Policy
from authz.predicates.nodes import Branch, Decision, Predicate
from authz.trait_facts import Facts, described, facts_of
from models import Base


@dataclass(frozen=True, slots=True)
class DecisionProfile:
    """Actors of `kind` who get the same `decision`.

    An actor belongs to the profile if all facts of at least one item of `when` hold; an item without facts matches all.
    `traits` has one actor of each combination that the rules distinguish; `decision` has the branches of all.
    """

    kind: ActorKind
    when: tuple[Facts, ...]
    traits: tuple[Traits, ...]
    decision: Decision


def profiles(policy: Policy, action: str, model: type[Base], kind: ActorKind) -> tuple[DecisionProfile, ...]:
    """Returns the profiles of the actors of `kind` for `action` on `model`, including those who are denied everything.

    Compiles the action once for all combinations of traits to which the same derivations are open. Combinations that no
    user can have are omitted, and `when` does not distinguish them. If rules check permissions without naming them, an
    actor has all or none of the unnamed ones. Raises KeyError for an unknown type, and ValueError for an unknown
    action.
    """
    dependence = policy.dependence(kind, action, model)
    paths = policy.derivation_builder.for_action(kind, action, model)
    groups: dict[Predicate, list[Traits]] = {}
    branches: dict[Predicate, list[Branch]] = {}
    for equals in group_by_open(paths, filter(is_valid, combinations(kind, dependence))).values():
        decision = policy.decision(equals[0], action, model)
        groups.setdefault(decision.where, []).extend(equals)
        branches.setdefault(decision.where, []).extend(decision.branches)
    facts = {traits: facts_of(traits, dependence) for group in groups.values() for traits in group}
    result = []
    for where, group in groups.items():
        others = [facts[traits] for other in groups.values() if other is not group for traits in other]
        when = described([facts[traits] for traits in group], others)
        result.append(DecisionProfile(kind, when, tuple(group), Decision(_once(branches[where]), where)))
    return tuple(result)


@dataclass(frozen=True, slots=True)
class CapabilityProfile:
    """Actors of `kind` who get the same answer to a question about themselves: as `DecisionProfile`.

    `paths` are the rules of each derivation of a yes for any of these actors, outermost first.
    """

    kind: ActorKind
    when: tuple[Facts, ...]
    holds: bool
    paths: tuple[tuple[Source, ...], ...]


def capability_profiles(policy: Policy, question: Question, kind: ActorKind) -> tuple[CapabilityProfile, ...]:
    """Returns the profiles of the actors of `kind` for `question`, as `profiles` does for an action."""
    dependence = _dependence(policy, question, kind)
    groups: dict[bool, list[Traits]] = {}
    for traits in filter(is_valid, combinations(kind, dependence)):
        groups.setdefault(holds(policy, traits, question), []).append(traits)
    facts = {traits: facts_of(traits, dependence) for group in groups.values() for traits in group}
    possible = derivations(policy, kind, question)
    result = []
    for answer, group in groups.items():
        others = [facts[traits] for traits in groups.get(not answer, ())]
        when = described([facts[traits] for traits in group], others)
        fulfilled = [
            derivation.rules
            for derivation in possible
            if answer and any(is_fulfilled(derivation, traits) for traits in group)
        ]
        result.append(CapabilityProfile(kind, when, answer, tuple(dict.fromkeys(fulfilled))))
    return tuple(result)


def _dependence(policy: Policy, question: Question, kind: ActorKind) -> Dependence:
    """Returns the traits on which the answer depends. Of a list of which any value may matter, the asked one does."""
    required = REQUIRED.get(question.capability)
    dependence = policy.capability_dependence(kind, question.capability)
    if required is not None:
        dependence |= policy.capability_dependence(kind, required)
    asked = {values(question.value) for values in dependence.whole_lists if question.value in tuple(values)}
    return dependence | Dependence(values=frozenset(asked))


def _once(branches: Iterable[Branch]) -> tuple[Branch, ...]:
    return tuple(dict.fromkeys(branches))
