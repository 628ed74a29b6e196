"""The questions about an actor alone: the whole vocabulary, their derivations, and the traits that decide them."""

import re
from random import Random

import pytest

from authz.actor import ActorKind
from authz.assignable import assignable
from authz.capabilities import QUESTIONS, Question, deciding_rules, derivations, holds, is_fulfilled
from authz.checks.random_worlds import sample_traits
from authz.decisions import held_values
from authz.model.actions import ACTIONS, CAPABILITIES, REQUIRED, Capability
from authz.policy import Policy
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE

SHIPPED = POLICY.read_text()
GATE = 'manages_users(actor: Member) if not "SITES_SERVICES_VIEW" in actor.permissions;'
POLICIES = {
    "shipped": SHIPPED,
    "another way to manage users": f"{SHIPPED}\nmanages_users(actor: Member) if actor.all_delivery_accounts;\n",
    "a helper that both use with other values": (
        f'{SHIPPED}\nmanages_users(actor: Member) if has(actor, "SUPPORT_VIEW");\n'
        "assign_permission(actor: Member, permission: String) if has(actor, permission) and\n"
        '    permission = "BILLING_VIEW";\n'
        "has(actor: Member, permission: String) if permission in actor.permissions;\n"
    ),
    "no user manages users": re.sub(r"^manages_users\(actor[^;]*;$", GATE, SHIPPED, flags=re.MULTILINE),
}


def test_every_capability_and_value_is_a_question() -> None:
    assert set(CAPABILITIES) == set(Capability)
    assert {question.capability for question in QUESTIONS} == set(Capability)
    for capability, values in CAPABILITIES.items():
        asked = [question.value for question in QUESTIONS if question.capability is capability]
        assert asked == list(map(str, values or ("",)))


def test_what_one_gives_requires_that_one_manages_users() -> None:
    """As `assignable` does: without this entry, `diff` would report what nobody can use."""
    assert {each for each in Capability if each.startswith("assign_")} == set(REQUIRED)


def test_a_capability_has_no_name_of_an_action() -> None:
    """The commands tell the two apart by the name."""
    assert not {str(action) for actions in ACTIONS.values() for action in actions} & set(Capability)


@pytest.mark.parametrize("name", POLICIES)
def test_derivations_agree_with_the_answers(name: str) -> None:
    policy, seen = Policy(POLICIES[name], FILE), set()
    for seed in range(3):
        for traits in sample_traits(Random(seed)):
            for question in QUESTIONS:
                found = [each for each in derivations(policy, traits.kind, question) if is_fulfilled(each, traits)]
                answer = holds(policy, traits, question)
                assert bool(found) is answer
                assert deciding_rules(policy, traits, question) == (found[0].rules if found else ())
                seen.add(answer)
    assert seen == {True, False}


@pytest.mark.parametrize("name", POLICIES)
def test_the_answers_are_those_of_the_api(name: str) -> None:
    policy = Policy(POLICIES[name], FILE)
    for traits in sample_traits(Random(1)):
        may_assign = assignable(policy, traits)
        permissions = held_values(policy, traits, Capability.ASSIGN_PERMISSION)
        assert permissions == (may_assign.permissions if may_assign else frozenset())


def test_a_derivation_names_each_rule_once() -> None:
    policy = Policy(SHIPPED, FILE)
    for kind in ActorKind:
        for question in QUESTIONS:
            for derivation in derivations(policy, kind, question):
                assert derivation.rules[0] not in derivation.rules[1:]
    assert derivations(policy, ActorKind.STAFF, Question(Capability.MAKES_API_CLIENTS)) == []
