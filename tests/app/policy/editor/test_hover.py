"""What is shown of a rule, and which rules a place is about."""

from random import Random

import pytest

from app.policy.editor import rule_predicates
from app.policy.editor.hover import hover
from app.policy.editor.rule_predicates import rule_predicate
from app.policy.editor.rules_at import rules_at
from authz.lint.linter import lint
from tests.support.paths import POLICY
from tests.support.policies.random_bodies import random_policy

TEXT, FILE = POLICY.read_text(), "policies.polar"


def at(words: str, behind: int = 0) -> int:
    return TEXT.index(words) + behind


def test_a_name_leads_to_the_rules_of_it() -> None:
    assert [rule.name for rule in rules_at(TEXT, FILE, at("is_alive(client) and"))] == ["is_alive"]
    assert [rule.name for rule in rules_at(TEXT, FILE, at("shares_account(actor, user);"))] == ["shares_account"] * 4
    owner = rules_at(TEXT, FILE, at('allow(client.owner, "view_billing"'))
    assert len(owner) == 3, "of the action that it names"
    assert rules_at(TEXT, FILE, at("# ORGANIZATIONS")) == []
    assert len(rules_at(f"broken(;\n{TEXT}", FILE, at("is_alive(client) and", 9))) == 1


def test_a_rule_is_shown_with_its_predicate_and_sql() -> None:
    shown = str(hover(TEXT, FILE, at('allow(actor: Member, "view", service')))
    assert shown.startswith('**allow(Member, "view", Service)**, line ')
    assert '- `organization_id = actor.organization_id, if "SITES_SERVICES_VIEW" in actor.permissions' in shown
    assert "```sql\nSELECT this.id\nFROM services AS this\nWHERE this.organization_id = :actor_organization_id" in shown
    flagged = str(hover(TEXT, FILE, at("may_change(actor: Member")))
    assert "within_reach_of_actor" in flagged
    assert "this.within_reach_of_actor" in flagged
    alone = str(hover(TEXT, FILE, at("is_alive(client) and")))
    assert '- `every row, if "DEVELOPER_PORTAL" in actor.permissions`' not in alone
    assert '- `if "DEVELOPER_PORTAL" in actor.permissions`' in alone
    assert "sql" not in alone
    assert "depends on the text that a call passes" in str(hover(TEXT, FILE, at("passes_on(_: Client")))
    broken = TEXT.replace("creates_organizations(_: Staff);", "")
    assert "once the policy has no errors" in str(hover(broken, FILE, broken.index("is_alive(client) and")))


def test_many_ways_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = str(hover(TEXT, FILE, at('allow(client: Client, "view", user')))
    assert "- and 12 other derivations" in shown
    monkeypatch.setattr(rule_predicates, "MOST_DERIVATIONS", 13)
    assert "- and 1 or more other derivations" in str(hover(TEXT, FILE, at('allow(client: Client, "view", user')))


@pytest.mark.parametrize("seed", range(10))
def test_every_rule_of_random_policies_can_be_shown(seed: int) -> None:
    text = random_policy(Random(seed))
    linted = lint(text, FILE)
    for rule in linted.rules if not linted.diagnostics else ():
        predicate = rule_predicate(text, FILE, linted, rule)
        assert predicate is None or isinstance(predicate.sql, str)
