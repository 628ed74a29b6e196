"""The derivations of a policy's source agree with the compiled policy, and have the position of each condition."""

import re
from collections.abc import Iterator
from functools import partial
from random import Random

import pytest

from authz.actor import ActorKind
from authz.checks.random_worlds import NamedValues, named_values, sample_identity, sample_traits, sample_world
from authz.explain.derivations import Derivation, DerivationBuilder
from authz.explain.diagnosis import condition_groups, diagnose
from authz.lint.linter import lint
from authz.model.actions import ACTIONS, CAPABILITIES
from authz.policy import Policy
from authz.predicates.evaluate import Row, holds
from authz.predicates.nodes import Predicate
from models import Service
from tests.support.paths import POLICY
from tests.support.policies.random_bodies import random_policy
from tests.support.policies.small_policies import FILE, lint_messages, policy_with, service_if

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
    """Yields for random actors and rows: the compiled decision, that of the derivations, and the allowing
    derivations."""
    policy, builder = Policy(text, FILE), DerivationBuilder(text, FILE, lint(text, FILE).rules)
    unfolded = {
        (kind, action, model): builder.for_action(kind, action, model)
        for kind in ActorKind
        for model, actions in ACTIONS.items()
        for action in actions
    }
    random, named = Random(7), NamedValues()
    for _ in range(3):
        for traits in sample_traits(random):
            requests = [(action, model) for kind, action, model in unfolded if kind is traits.kind]
            decisions = {key: policy.decision(traits, *key) for key in requests}
            for (_, model), decision in decisions.items():
                named_values(decision.where, model, named)
            worlds = [sample_world(random, named) for _ in range(3)]
            grouped = {
                key: [
                    (derivation, condition_groups(derivation, traits)) for derivation in unfolded[(traits.kind, *key)]
                ]
                for key in requests
            }
            for world in worlds:
                identity = sample_identity(random, world, traits.kind)
                for key, decision in decisions.items():
                    for row in world.rows(key[1]):

                        def holding(predicate: Predicate, row: Row = row, identity: object = identity) -> bool:
                            return holds(predicate, row, identity)  # type: ignore[arg-type]

                        results = diagnose(grouped[key], holding)
                        yield (
                            holding(decision.where),
                            any(derivation.allows for derivation in results),
                            [derivation.derivation for derivation in results if derivation.allows],
                        )


@pytest.mark.parametrize("text", POLICIES)
def test_derivations_agree_with_the_compiled_policy(text: str) -> None:
    assert lint_messages(text) == []
    decisions = list(decided(text))
    assert {compiled for compiled, _, _ in decisions} == {True, False}
    assert [compiled for compiled, _, _ in decisions] == [unfolded for _, unfolded, _ in decisions]


def test_derivations_agree_on_random_rules_that_reuse_names() -> None:
    """A name that is bound in an alternative and again after it would mean two rows here and one to Oso."""
    random, accepted, answers, refused = Random(11), 0, set(), ""
    while accepted < 40:
        text = random_policy(random)
        messages = "\n".join(lint_messages(text))
        refused += messages
        if messages:
            assert re.search("bound before|variable of its own|used only here", messages)
            continue
        accepted += 1
        for compiled, unfolded in decided_views(text, random):
            assert compiled == unfolded, text
            answers.add(compiled)
    assert answers == {True, False}
    assert "bound before" in refused


def decided_views(text: str, random: Random) -> Iterator[tuple[bool, bool]]:
    """Yields for random members and services: the compiled decision on `view`, and that of the derivations."""
    policy, named = Policy(text, FILE), NamedValues()
    derivations = policy.derivation_builder.for_action(ActorKind.MEMBER, "view", Service)
    for traits in (each for each in sample_traits(random) if each.kind is ActorKind.MEMBER):
        where = policy.decision(traits, "view", Service).where
        named_values(where, Service, named)
        grouped = [(derivation, condition_groups(derivation, traits)) for derivation in derivations]
        for world in [sample_world(random, named) for _ in range(2)]:
            identity = sample_identity(random, world, ActorKind.MEMBER)
            for row in world.rows(Service):
                results = diagnose(grouped, partial(holds, row=row, identity=identity))
                yield holds(where, row, identity), any(result.allows for result in results)


def test_derivations_agree_with_capabilities(policy: Policy) -> None:
    builder = DerivationBuilder(TEXT, FILE, lint(TEXT, FILE).rules)
    for traits in sample_traits(Random(3)):
        for capability, values in CAPABILITIES.items():
            held = {
                value
                for value in values or ("",)
                for derivation in builder.for_rule(traits.kind, capability, *([value] if values else []))
                if all(
                    holds
                    for _, holds in diagnose([(derivation, condition_groups(derivation, traits))], lambda _: False)[
                        0
                    ].groups
                )
            }
            assert held == policy.capability_values(traits, capability)


def test_conditions_have_their_text_and_their_line() -> None:
    lines = TEXT.splitlines()
    builder = DerivationBuilder(TEXT, FILE, lint(TEXT, FILE).rules)
    seen = {
        (step.span.line, step.text)
        for model, actions in ACTIONS.items()
        for action in actions
        for derivation in builder.for_action(ActorKind.MEMBER, action, model)
        for step in derivation.steps
    }
    assert len(seen) > 35
    assert all(text in lines[line - 1] for line, text in seen)
