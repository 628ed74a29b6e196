"""Profiles say for every actor which predicate decides, and describe the actors by what matters."""

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from authz.actor import ActorKind, Traits
from authz.checks.trait_combinations import is_valid
from authz.model.resources import ACTIONS
from authz.policy import Policy
from authz.predicates.nodes import FALSE, TRUE, show
from authz.profiles import DecisionProfile, Facts, profiles
from models import Audience, Base, ContractAccount, Permission, Scope, Service, User
from tests.support.paths import POLICY
from tests.support.policies import FILE, policy_with

SHIPPED = Policy(POLICY.read_text(), POLICY.name)

WORDS = (*Permission, *Scope)
TRAITS = st.builds(
    Traits,
    st.sampled_from(ActorKind),
    st.sampled_from(Audience),
    st.frozensets(st.sampled_from(Permission)),
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(Scope)),
).filter(is_valid)


@cache
def shipped(action: str, model: type[Base], kind: ActorKind) -> tuple[DecisionProfile, ...]:
    """The profiles of the policy of the repository."""
    return profiles(SHIPPED, action, model, kind)


def holds(facts: Facts, traits: Traits) -> bool:
    """Whether all of `facts` are so of an actor."""
    held = {*traits.permissions, *traits.scopes}
    return all((name in held if name in WORDS else getattr(traits, name)) == value for name, value in facts)


@settings(max_examples=60, deadline=None)
@given(TRAITS)
def test_every_actor_is_of_one_profile_and_its_predicate_is_theirs(traits: Traits) -> None:
    for model, actions in ACTIONS.items():
        for action in actions:
            found = shipped(action, model, traits.kind)
            (mine,) = [each for each in found if any(holds(facts, traits) for facts in each.when)]
            decision = SHIPPED.decision(traits, action, model)
            assert mine.decision.where == decision.where
            assert set(decision.branches) <= set(mine.decision.branches)


def test_actors_are_told_apart_by_what_matters_only() -> None:
    found = {show(each.decision.where): each.when for each in shipped("view", Service, ActorKind.MEMBER)}
    assert found["false"] == ((("SITES_SERVICES_VIEW", False),),)
    assert found["organization_id = actor.organization_id"] == (
        (("SITES_SERVICES_VIEW", True), ("all_contract_accounts", True), ("audience", "ORGANIZATION")),
    )
    assert len(found) == 5


def test_an_action_that_no_rule_opens_is_one_profile() -> None:
    (staff,) = shipped("remove", User, ActorKind.STAFF)
    assert (staff.when, staff.decision.where, staff.decision.branches) == (((),), FALSE, ())
    (viewing,) = shipped("view_billing", ContractAccount, ActorKind.STAFF)
    assert (viewing.when, viewing.decision.where) == (((),), TRUE)


def test_permissions_that_no_rule_names_are_all_there_or_none() -> None:
    text = policy_with(
        'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and\n'
        "    held in user.permissions and held.permission in actor.permissions;"
    )
    policy = Policy(text, FILE)
    none, every = profiles(policy, "view", User, ActorKind.MEMBER)
    assert (none.when, none.decision.where) == (((("other permissions", False),),), FALSE)
    everything = replace(every.traits[0], permissions=frozenset(Permission))
    assert every.decision.where == policy.decision(everything, "view", User).where
