"""Values that are passed to helpers: columns that Oso can't compare there, and misspelt words, are reported."""

import pytest

from authz.lint.linter import lint
from tests.support.policies.small_policies import FILE, check_messages, policy_with

VIEW_USER = 'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and'
REFUSED = {
    "column in a list behind a call": (
        f'{VIEW_USER} ok(user.country);\nok(country: String) if country in ["NL", "DE"];',
        2,
        'country in ["NL", "DE"]',
        "Pass the row, and compare its column here",
    ),
    "column behind two calls": (
        (
            f"{VIEW_USER} ok(user.country);\nok(country: String) if inner(country);\n"
            'inner(country: String) if country = "NL";'
        ),
        3,
        'country = "NL"',
        "Pass the row",
    ),
    "column passed on to a literal": (
        f'{VIEW_USER} ok(user.country);\nok(country: String) if inner(country);\ninner("NL");',
        2,
        "inner(country)",
        "Pass the row",
    ),
    "boolean column behind a call": (
        f"{VIEW_USER} ok(user.all_contract_accounts);\nok(all: Boolean) if all;",
        2,
        "all",
        "Pass the row",
    ),
    "misspelt value of a column in a head": (
        f'{VIEW_USER} ok(user.audience);\nok("DELIVRY");',
        2,
        "There is no audience DELIVRY",
        "Did you mean DELIVERY?",
    ),
    "misspelt value of a column behind a call": (
        f'{VIEW_USER} ok(user.audience);\nok(audience: String) if audience == "DELIVRY";',
        2,
        '"DELIVRY"',
        "Did you mean DELIVERY?",
    ),
    "misspelt permission that is passed": (
        f'{VIEW_USER} has(actor, "BILING_VIEW");\nhas(a: Member, p: String) if p in a.permissions;',
        1,
        '"BILING_VIEW"',
        "Did you mean BILLING_VIEW?",
    ),
    "misspelt permission that is passed on": (
        (
            f'{VIEW_USER} is(actor, "BILING_VIEW");\nis(a: Member, p: String) if has(a, p);\n'
            "has(a: Member, p: String) if p in a.permissions;"
        ),
        1,
        '"BILING_VIEW"',
        "Did you mean BILLING_VIEW?",
    ),
    "misspelt permission to give": (
        'assign_permission(_: Member, p: String) if p in ["BILING_VIEW", "ORDERS_VIEW"];',
        1,
        '"BILING_VIEW"',
        "Did you mean BILLING_VIEW?",
    ),
    "misspelt permission not to give": (
        (
            "assign_permission(client: Client, p: String) if passes_on(client, p);\n"
            'passes_on(client: Client, p: String) if p != "DEVELOPPER_PORTAL" and "users.write" in client.scopes;'
        ),
        2,
        '"DEVELOPPER_PORTAL"',
        "Did you mean DEVELOPER_PORTAL?",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_passed_is_reported_at_its_position(name: str) -> None:
    rules, line, text, message = REFUSED[name]
    (finding,) = lint(policy_with(rules), FILE).diagnostics
    assert finding.line == line
    assert text in f"{finding.text} {finding.reason}"
    assert message in f"{finding.reason} {finding.suggestion}"


PASSED = {
    "column to a literal": 'ok(user.country);\nok("NL");\nok("DE");',
    "limited column to its values": 'ok(user.audience);\nok("DELIVERY");\nok("ORGANIZATION");',
    "column that is compared with ==": 'ok(user.country);\nok(country: String) if country == "NL" or country == "DE";',
    "column that is compared with !=": 'ok(user.country);\nok(country: String) if country != "NL";',
    "permission to a helper": 'has(actor, "BILLING_VIEW");\nhas(a: Member, p: String) if p in a.permissions;',
    "literals that are no words": 'ok("A", user);\nok(kind: String, user: User) if kind = "B" or user.present;',
}


@pytest.mark.parametrize("name", PASSED)
def test_values_can_be_passed(name: str) -> None:
    assert check_messages(policy_with(f"{VIEW_USER} {PASSED[name]}")) == []
