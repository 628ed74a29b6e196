"""What is unfolded from a policy's text says what the compiled policy says, and knows where each condition stands."""

from collections.abc import Iterator
from random import Random

import pytest

from authz.actor import ActorKind
from authz.checks.random_worlds import NamedValues, named_values, sample_identity, sample_traits, sample_world
from authz.explain.derivations import Derivation, DerivationBuilder
from authz.explain.diagnosis import condition_groups, diagnose
from authz.lint.linter import lint
from authz.model.resources import ACTIONS, CAPABILITIES
from authz.policy import Policy
from authz.predicates.evaluate import Row, holds
from authz.predicates.nodes import Predicate
from tests.support.paths import POLICY
from tests.support.policies import FILE, linted, policy_with, service_if

TEXT = POLICY.read_text()

GRAMMAR = [
    'service.status in ["ACTIVE", "PLANNED"] and service.organization_id = actor.organization_id',
    'service.country != "NL" and actor.all_contract_accounts and service.name >= "A" and service.city = nil',
    '(actor.audience = "ORGANIZATION" or service.status = "ACTIVE") and service.country = "NL"',
    'not ("BILLING_VIEW" in actor.permissions or actor.audience = "DELIVERY") and service.status == "ACTIVE"',
    "service.organization.name != nil and actor.all_contract_accounts = false",
    'grant in service.contract_account.grants and grant.user.country = "NL" and grant.user_id != actor.id',
    'actor.audience.startswith("DELI") = true and service.contract_account.currency < "M"',
]
POLICIES = [
    TEXT,
    *map(service_if, GRAMMAR),
    policy_with(
        'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and\n'
        "    one in user.permissions and one.permission in actor.permissions and\n"
        '    other in user.permissions and other.permission = "ORDERS_VIEW";'
    ),
    policy_with(
        'allow(actor: Member{audience: "ORGANIZATION"}, "view", service: Service{status: "ACTIVE"}) if\n'
        "    permission in actor.permissions and user in service.organization.users and\n"
        "    own in user.permissions and own.permission = permission;"
    ),
    policy_with(
        'allow(actor: Member, "view", user: User) if lives_in(user.country) and of(actor, user.organization);\n'
        'lives_in("NL");\nlives_in("DE");\n'
        "of(actor: Member, organization: Organization) if organization.id = actor.organization_id;"
    ),
]


def decided(text: str) -> Iterator[tuple[bool, bool, list[Derivation]]]:
    """For random actors and rows: what is compiled and what is unfolded say, and through what."""
    policy, unfolding = Policy(text, FILE), DerivationBuilder(text, FILE, lint(text, FILE).rules)
    unfolded = {
        (kind, action, model): unfolding.for_action(kind, action, model)
        for kind in ActorKind
        for model, actions in ACTIONS.items()
        for action in actions
    }
    random, named = Random(7), NamedValues()
    for _ in range(3):
        for traits in sample_traits(random):
            asked = [(action, model) for kind, action, model in unfolded if kind is traits.kind]
            decisions = {key: policy.decision(traits, *key) for key in asked}
            for (_, model), decision in decisions.items():
                named_values(decision.where, model, named)
            worlds = [sample_world(random, named) for _ in range(3)]
            known = {
                key: [(each, condition_groups(each, traits)) for each in unfolded[(traits.kind, *key)]] for key in asked
            }
            for world in worlds:
                identity = sample_identity(random, world, traits.kind)
                for key, decision in decisions.items():
                    for row in world.rows(key[1]):

                        def holding(predicate: Predicate, row: Row = row, identity: object = identity) -> bool:
                            return holds(predicate, row, identity)  # type: ignore[arg-type]

                        weighed = diagnose(known[key], holding)
                        yield (
                            holding(decision.where),
                            any(each.allows for each in weighed),
                            [each.derivation for each in weighed if each.allows],
                        )


@pytest.mark.parametrize("text", POLICIES)
def test_it_says_what_the_compiled_policy_says(text: str) -> None:
    assert linted(text) == []
    said = list(decided(text))
    assert {compiled for compiled, _, _ in said} == {True, False}
    assert [compiled for compiled, _, _ in said] == [unfolded for _, unfolded, _ in said]


def test_it_answers_the_questions_about_an_actor(policy: Policy) -> None:
    unfolding = DerivationBuilder(TEXT, FILE, lint(TEXT, FILE).rules)
    for traits in sample_traits(Random(3)):
        for question, words in CAPABILITIES.items():
            found = {
                word
                for word in words or ("",)
                for each in unfolding.for_rule(traits.kind, question, *([word] if words else []))
                if all(
                    holds for _, holds in diagnose([(each, condition_groups(each, traits))], lambda _: False)[0].groups
                )
            }
            assert found == policy.answers(traits, question)


def test_conditions_have_their_text_and_their_line() -> None:
    lines = TEXT.splitlines()
    unfolding = DerivationBuilder(TEXT, FILE, lint(TEXT, FILE).rules)
    seen = {
        (step.span.line, step.text)
        for model, actions in ACTIONS.items()
        for action in actions
        for derivation in unfolding.for_action(ActorKind.MEMBER, action, model)
        for step in derivation.steps
    }
    assert len(seen) > 35
    assert all(text in lines[line - 1] for line, text in seen)
