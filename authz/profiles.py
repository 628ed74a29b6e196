"""What a policy answers to whom: for one action, each answer that any actor gets, and which traits get it.

The actors of a kind fall into groups with one predicate: a *profile*. Of `view` on Service, among others:

    audience ORGANIZATION, all_contract_accounts, SITES_SERVICES_VIEW    organization_id = actor.organization_id
    not SITES_SERVICES_VIEW                                              false
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.actor import ActorKind, Traits
from authz.checks.trait_combinations import combinations, is_valid
from authz.lint.trait_dependence import Dependence
from authz.model.actor_attributes import LIST_ATTRIBUTES, traits_of
from authz.policy import Policy
from authz.predicates.nodes import Branch, Decision, Predicate
from models import Base

Facts = tuple[tuple[str, str | bool], ...]
"""Values of traits, by name in alphabetical order; of permissions and scopes, whether the actor has them, and whether
it has `other permissions` or `other scopes` where those are looked at."""


@dataclass(frozen=True, slots=True)
class DecisionProfile:
    """Actors of `kind` who get the same `decision`.

    They are those of whom all facts of some one of `when` hold; without any facts: all. `traits` has one actor of each
    combination that the rules tell apart. The branches of `decision` are those of all of them.
    """

    kind: ActorKind
    when: tuple[Facts, ...]
    traits: tuple[Traits, ...]
    decision: Decision


def profiles(policy: Policy, action: str, model: type[Base], kind: ActorKind) -> tuple[DecisionProfile, ...]:
    """The profiles of the actors of `kind` for `action` on `model`, who is denied everything among them.

    Raises KeyError for a type, and ValueError for an action, that is not in the vocabulary. Compiles the action for
    each combination of the traits that its rules look at, milliseconds each. Combinations that no user can have are
    left out, and `when` does not tell them apart. Of permissions that no rule names, but looks at, an actor has all or
    none.
    """
    dependence = policy.dependence(kind, action, model)
    groups: dict[Predicate, list[Traits]] = {}
    for traits in filter(is_valid, combinations(kind, dependence)):
        groups.setdefault(policy.decision(traits, action, model).where, []).append(traits)
    facts = {traits: _facts(traits, dependence) for group in groups.values() for traits in group}
    found = []
    for where, group in groups.items():
        branches = [branch for traits in group for branch in policy.decision(traits, action, model).branches]
        others = [facts[traits] for other in groups.values() if other is not group for traits in other]
        when = _described([facts[traits] for traits in group], others)
        found.append(DecisionProfile(kind, when, tuple(group), Decision(_once(branches), where)))
    return tuple(found)


def _once(branches: Iterable[Branch]) -> tuple[Branch, ...]:
    return tuple(dict.fromkeys(branches))


def _facts(traits: Traits, dependence: Dependence) -> Facts:
    facts: dict[str, str | bool] = {}
    for name in dependence.traits:
        if name not in LIST_ATTRIBUTES:
            value = getattr(traits, name)
            facts[name] = value if isinstance(value, bool) else str(value)
    for name, words in LIST_ATTRIBUTES.items():
        held, named = getattr(traits, name), dependence.named(words)
        facts |= {str(word): word in held for word in named}
        if words in dependence.further and name in traits_of(traits.kind):
            facts[f"other {name}"] = bool(held - set(named))
    return tuple(sorted(facts.items()))


def _described(group: list[Facts], others: list[Facts]) -> tuple[Facts, ...]:
    """Few facts that tell `group` from `others`: each of its members has all facts of one of the descriptions."""
    descriptions: list[Facts] = []
    for member in group:
        if any(set(each) <= set(member) for each in descriptions):
            continue
        needed = member
        for fact in member:
            fewer = tuple(each for each in needed if each != fact)
            if not any(set(fewer) <= set(other) for other in others):
                needed = fewer
        descriptions.append(needed)
    return tuple(dict.fromkeys(descriptions))
