"""The decisions by noted conditions are those that the compiler finds for each combination of traits."""

import pytest

from authz.actor import ActorKind
from authz.checks.noted_conditions import NotingCompiler
from authz.checks.trait_combinations import combinations
from authz.compiler.compiler import Compiler
from authz.lint.linter import LintResult, lint
from authz.model.resources import TYPES
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE, policy_with, service_if

MINE = "service.organization_id = actor.organization_id"
EXACT = {
    "a word": f'{MINE} and actor.audience = "DELIVERY"',
    "another word": f'{MINE} and actor.audience != "DELIVERY"',
    "one of some words": f'{MINE} and actor.audience in ["DELIVERY"]',
    "a flag": f"{MINE} and actor.all_contract_accounts",
    "a permission": f'"SUPPORT_VIEW" in actor.permissions and {MINE}',
    "no permission": f'not "SUPPORT_VIEW" in actor.permissions and {MINE}',
    "a negated rule": f"{MINE} and not manages_users(actor)",
    "either": f'{MINE} and (actor.audience = "DELIVERY" or "SUPPORT_VIEW" in actor.permissions)',
    "one or a condition on the row": f'{MINE} and (actor.all_delivery_accounts or service.status = "ACTIVE")',
    "both words": f'{MINE} and actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION"',
    "over several lines": f'{MINE} and # a comment\n    actor.audience\n    = "DELIVERY"',
}
OTHERWISE = {
    "a trait and a column": f"{MINE} and g in service.contract_account.grants and g.user.audience = actor.audience",
    "any permission": f"{MINE} and permission in actor.permissions and service.city = permission",
}


def assert_same(text: str, file: str, linted: LintResult, head: tuple[str, ...], every: int = 1) -> None:
    """The decisions are the same, with their branches in the same order, for every so many combinations."""
    kind, action, model = ActorKind(head[0]), head[1], TYPES[head[2]]
    compiler, noting = Compiler(text, file, linted.non_null), NotingCompiler(linted, text, file)
    dependence = linted.entry_dependences[head]
    assert noting.is_exact(dependence)
    decide = noting.decisions(kind, action, model)
    for traits in list(combinations(kind, dependence))[::every]:
        assert decide(traits) == compiler.decision(traits, action, model), traits


@pytest.mark.parametrize("condition", EXACT.values(), ids=EXACT)
def test_decisions_are_those_of_each_combination(condition: str) -> None:
    text = service_if(condition)
    linted = lint(text, FILE)
    assert linted.diagnostics == ()
    assert_same(text, FILE, linted, ("Member", "view", "Service"))


def test_a_rule_may_be_about_a_client_and_its_owner() -> None:
    text = policy_with(
        'allow(client: Client, "view", service: Service) if may(client, client.owner, service);\n'
        'may(client: Client, owner: Member, service: Service) if "basic.read" in client.scopes'
        ' and "BILLING_VIEW" in owner.permissions and service.organization_id = owner.organization_id;'
    )
    linted = lint(text, FILE)
    assert linted.diagnostics == ()
    assert_same(text, FILE, linted, ("Client", "view", "Service"))


@pytest.mark.parametrize("head", [("Client", "view", "Service"), ("Member", "view", "User")])
def test_so_they_are_in_the_shipped_policy(head: tuple[str, ...]) -> None:
    text = POLICY.read_text()
    linted = lint(text, POLICY.name)
    noting = NotingCompiler(linted, text, POLICY.name)
    assert all(noting.is_exact(dependence) for entry, dependence in linted.entry_dependences.items() if len(entry) == 3)
    assert_same(text, POLICY.name, linted, head, every=7)


def test_so_is_every_action_of_it_for_some_combinations() -> None:
    text = POLICY.read_text()
    linted = lint(text, POLICY.name)
    for head, dependence in linted.entry_dependences.items():
        if len(head) == 3:
            number = sum(1 for _ in combinations(ActorKind(head[0]), dependence))
            assert_same(text, POLICY.name, linted, head, every=1 + number // 3)


@pytest.mark.parametrize("condition", OTHERWISE.values(), ids=OTHERWISE)
def test_other_uses_of_traits_are_noticed(condition: str) -> None:
    text = service_if(condition)
    linted = lint(text, FILE)
    assert linted.diagnostics == ()
    assert not NotingCompiler(linted, text, FILE).is_exact(linted.entry_dependences["Member", "view", "Service"])


def test_a_trait_in_a_head_is_another_use() -> None:
    rule = 'allow(_: Member{audience: "DELIVERY"}, "view", service: Service) if service.status = "ACTIVE";'
    text = policy_with(rule)
    linted = lint(text, FILE)
    assert linted.diagnostics == ()
    assert not NotingCompiler(linted, text, FILE).is_exact(linted.entry_dependences["Member", "view", "Service"])
