"""Every actor belongs to one profile with their predicate, and profiles are described by the facts that matter."""

from dataclasses import replace
from functools import cache
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from authz import capabilities
from authz.actor import ActorKind, Traits
from authz.capabilities import QUESTIONS, Question
from authz.checks.trait_combinations import is_valid
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.predicates.nodes import FALSE, TRUE, show
from authz.profiles import CapabilityProfile, DecisionProfile, capability_profiles, profiles
from authz.trait_facts import Facts
from models import Audience, Base, ContractAccount, Permission, Scope, Service, User
from tests.support.depth import examples
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE, policy_with

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
    """Returns the profiles of the shipped policy."""
    return profiles(SHIPPED, action, model, kind)


def holds(facts: Facts, traits: Traits) -> bool:
    """Whether all `facts` are true of an actor."""
    held = {*traits.permissions, *traits.scopes}
    return all((name in held if name in WORDS else getattr(traits, name)) == value for name, value in facts)


@settings(max_examples=examples(60), deadline=None)
@given(TRAITS)
def test_every_actor_belongs_to_one_profile_with_their_predicate(traits: Traits) -> None:
    for model, actions in ACTIONS.items():
        for action in actions:
            candidates = shipped(action, model, traits.kind)
            (profile,) = [
                candidate for candidate in candidates if any(holds(facts, traits) for facts in candidate.when)
            ]
            decision = SHIPPED.decision(traits, action, model)
            assert profile.decision.where == decision.where
            assert set(decision.branches) <= set(profile.decision.branches)


def test_profiles_differ_only_in_facts_that_matter() -> None:
    by_predicate = {
        show(profile.decision.where): profile.when for profile in shipped("view", Service, ActorKind.MEMBER)
    }
    assert by_predicate["false"] == ((("SITES_SERVICES_VIEW", False),),)
    assert by_predicate["organization_id = actor.organization_id"] == (
        (("SITES_SERVICES_VIEW", True), ("all_contract_accounts", True), ("audience", "ORGANIZATION")),
    )
    assert len(by_predicate) == 5


def test_an_action_without_rules_has_one_profile() -> None:
    (staff,) = shipped("remove", User, ActorKind.STAFF)
    assert (staff.when, staff.decision.where, staff.decision.branches) == (((),), FALSE, ())
    (viewing,) = shipped("view_billing", ContractAccount, ActorKind.STAFF)
    assert (viewing.when, viewing.decision.where) == (((),), TRUE)


def test_an_actor_has_all_or_none_of_the_unnamed_permissions() -> None:
    text = policy_with(
        'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and\n'
        "    held in user.permissions and held.permission in actor.permissions;"
    )
    policy = Policy(text, FILE)
    none, some = profiles(policy, "view", User, ActorKind.MEMBER)
    assert (none.when, none.decision.where) == (((("other permissions", False),),), FALSE)
    holder = replace(some.traits[0], permissions=frozenset(Permission))
    assert some.decision.where == policy.decision(holder, "view", User).where


MANY = policy_with(
    "\n".join(
        f'allow(actor: Member, "view", service: Service) if service.status = "{status}" and\n    {condition};'
        for status, condition in {
            "ACTIVE": '"SUPPORT_VIEW" in actor.permissions and "ORDERS_VIEW" in actor.permissions and\n'
            '    "BILLING_VIEW" in actor.permissions',
            "PLANNED": '"SUPPORT_EDIT" in actor.permissions and not "ORDERS_APPROVE" in actor.permissions and\n'
            '    "DEVELOPER_PORTAL" in actor.permissions and "USER_MANAGEMENT" in actor.permissions',
            "SUSPENDED": 'not ("SUPPORT_VIEW" in actor.permissions and "SITES_SERVICES_VIEW" in actor.permissions)',
        }.items()
    )
)


def test_every_subset_of_eight_permissions_belongs_to_one_profile() -> None:
    policy = Policy(MANY, FILE)
    found = profiles(policy, "view", Service, ActorKind.MEMBER)
    assert len(found) == len({profile.decision.where for profile in found}) == 8
    for size in range(len(Permission) + 1):
        for held in combinations(Permission, size):
            traits = Traits(ActorKind.MEMBER, permissions=frozenset(held))
            (profile,) = [each for each in found if any(holds(facts, traits) for facts in each.when)]
            assert profile.decision.where == policy.decision(traits, "view", Service).where


@cache
def shipped_answers(question: Question, kind: ActorKind) -> tuple[CapabilityProfile, ...]:
    """Returns the profiles of the shipped policy for a capability."""
    return capability_profiles(SHIPPED, question, kind)


@settings(max_examples=examples(60), deadline=None)
@given(TRAITS)
def test_every_actor_belongs_to_one_profile_of_each_question(traits: Traits) -> None:
    for question in QUESTIONS:
        candidates = shipped_answers(question, traits.kind)
        (profile,) = [candidate for candidate in candidates if any(holds(facts, traits) for facts in candidate.when)]
        assert profile.holds is capabilities.holds(SHIPPED, traits, question)
        assert bool(profile.paths) is profile.holds
