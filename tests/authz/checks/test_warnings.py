"""Rules that load but are probably unintended get warnings: position, reason, and a suggestion."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from authz.actor import ActorKind
from authz.checks.pipeline import check, run_checks
from authz.checks.trait_combinations import combinations
from authz.language.diagnostics import Severity
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.predicates.nodes import All as AllOf
from authz.predicates.nodes import Any as AnyOf
from authz.predicates.nodes import Compare, OneOf, Operator, Predicate
from authz.predicates.simplify import implies
from models import Service
from tests.support.depth import examples
from tests.support.policies.small_policies import (
    CAPABILITY_RULES,
    FILE,
    VIEW_RULES,
    check_messages,
    policy_with,
    service_if,
    warning_messages,
)

pytestmark = pytest.mark.invariant("unneeded_rules")

MINE = "service.organization_id = actor.organization_id"
ALLOW = 'allow(actor: Member, "view", service: Service) if'
PIECES = (
    'service.status = "ACTIVE"',
    'service.status in ["ACTIVE", "PLANNED"]',
    'service.status != "ACTIVE"',
    'service.country = "NL"',
    'actor.audience = "DELIVERY"',
    "actor.all_contract_accounts",
    '"SUPPORT_VIEW" in actor.permissions and service.country = "NL"',
    "grant in service.contract_account.grants and grant.user_id = actor.id",
    'service.status = "ACTIVE" and not "SUPPORT_VIEW" in actor.permissions',
)


NEVER = {
    "two values of a trait": f'{MINE} and actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION"',
    "two values of a column": f'{MINE} and service.status = "ACTIVE" and service.status = "PLANNED"',
    "a value of two lists": f'{MINE} and service.status in ["ACTIVE", "PLANNED"] and service.status = "TERMINATED"',
    "a value and its opposite": f'{MINE} and service.name = "A" and service.name != "A"',
    "no word is left": " and ".join(
        [MINE, *(f'service.status != "{word}"' for word in ("PLANNED", "ACTIVE", "SUSPENDED", "TERMINATED"))]
    ),
    "null and a value": f'{MINE} and service.city = nil and service.city = "Utrecht"',
    "a relation that is always there": f"{MINE} and service.contract_account = nil",
    "inside a relation": (
        f"{MINE} and g in service.contract_account.grants and g.user.all_contract_accounts = true"
        " and g.user.all_contract_accounts = false"
    ),
}


@pytest.mark.parametrize("name", NEVER)
def test_a_rule_that_never_matches(name: str) -> None:
    (warning,) = warning_messages(service_if(NEVER[name]))
    assert warning.startswith("test.polar:1:1: `allow`: This rule never matches: ")


def test_a_capability_rule_that_never_matches() -> None:
    never = 'actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION"'
    (warning,) = warning_messages(policy_with(f"creates_organizations(actor: Member) if {never};"))
    assert warning.startswith("test.polar:1:1: `creates_organizations`: This rule never matches: ")


def test_a_contradiction_between_rules_is_reported_for_the_unreachable_ones() -> None:
    rules = f"""
{ALLOW} {MINE} and for_delivery(actor) and for_organization(actor);
{ALLOW} {MINE} and for_delivery(actor);
for_delivery(actor: Member) if actor.audience = "DELIVERY";
for_organization(actor: Member) if actor.audience = "ORGANIZATION";
"""
    assert [each.partition(": `")[0] for each in warning_messages(policy_with(rules))] == [
        "test.polar:1:1",
        "test.polar:4:1",
    ]


COVERED = {
    "the same twice": (f"{ALLOW} {MINE};\n{ALLOW} {MINE};", [(2, 1)]),
    "one with a condition more": (f'{ALLOW} {MINE} and service.status = "ACTIVE";\n{ALLOW} {MINE};', [(1, 2)]),
    "an alternative of a helper": (
        (
            f"{ALLOW} {MINE} and open(service);\n"
            'open(service: Service) if service.status in ["ACTIVE", "PLANNED"];\n'
            'open(service: Service) if service.status = "ACTIVE";'
        ),
        [(3, 2)],
    ),
    "a rule that uses a helper of its own": (
        f'{ALLOW} {MINE};\n{ALLOW} {MINE} and open(service);\nopen(service: Service) if service.status = "ACTIVE";',
        [(2, 1)],
    ),
    "by another under more traits": (
        (
            f"{ALLOW} {MINE} and actor.all_contract_accounts;\n"
            f'{ALLOW} {MINE} and actor.all_contract_accounts and "BILLING_VIEW" in actor.permissions;'
        ),
        [(2, 1)],
    ),
    "not under other traits": (
        f'{ALLOW} {MINE} and actor.all_contract_accounts;\n{ALLOW} {MINE} and "BILLING_VIEW" in actor.permissions;',
        [],
    ),
    "not where only some are covered": (
        f'{ALLOW} {MINE} and service.status = "ACTIVE";\n{ALLOW} {MINE} and service.country = "NL";',
        [],
    ),
    "a question": ("creates_organizations(actor: Staff) if actor.all_contract_accounts;", [(1, 7)]),
    "a question about a word": (
        'assign_audience(actor: Member, "DELIVERY") if actor.all_contract_accounts;',
        [(1, 11)],
    ),
}


@pytest.mark.parametrize("name", COVERED)
def test_a_rule_that_another_covers(name: str) -> None:
    rules, expected = COVERED[name]
    found = [warning for warning in warning_messages(policy_with(rules)) if "already allows everything" in warning]
    assert len(found) == len(expected)
    for warning, (line, other) in zip(found, expected, strict=True):
        assert warning.startswith(f"{FILE}:{line}:1: ")
        assert f"The rule on line {other} already allows everything that this rule allows" in warning


def test_reported_rules_can_all_be_removed_at_once() -> None:
    """Of three rules that cover each other, two get warnings; without those, every decision is the same."""
    rules = [f"{ALLOW} {MINE};"] * 3
    assert len(warning_messages(policy_with("\n".join(rules)))) == 2
    assert warning_messages(policy_with(rules[0])) == []


def test_a_rule_used_only_under_not_is_not_redundant() -> None:
    rules = f'{ALLOW} {MINE} and not limited(actor);\nlimited(actor: Member) if actor.audience = "DELIVERY";'
    assert warning_messages(policy_with(rules)) == []


SCANNING = {
    "a column of no one": 'service.status = "ACTIVE" and actor.all_contract_accounts',
    "text in order": 'service.name >= "M" and actor.all_contract_accounts',
    "one alternative of two": f'({MINE} or service.status = "ACTIVE")',
    "through rows that are not the actor's": (
        "other in service.contract_account.services and grant in other.delivery_account.grants"
        " and grant.user_id = actor.id"
    ),
    "another organization's": "service.organization_id != actor.organization_id",
}  # fmt: skip


@pytest.mark.parametrize("name", SCANNING)
def test_a_condition_that_no_index_serves(name: str) -> None:
    warnings = [each for each in warning_messages(service_if(SCANNING[name])) if "whole table of Service" in each]
    assert [each.startswith("test.polar:1:1: ") for each in warnings] == [True]
    assert "its organization is the actor's" in warnings[0]


FOUND_BY_INDEX = {
    "organization": MINE,
    "organization of a relation": "service.contract_account.organization_id = actor.organization_id",
    "grants": "grant in service.contract_account.grants and grant.user_id = actor.id",
    "both alternatives": (
        f"({MINE} or granted(actor, service))"
        " and actor.all_contract_accounts;\n"
        "granted(actor: Member, service: Service) if\n"
        "    grant in service.delivery_account.grants and grant.user_id = actor.id"
    ),
}


@pytest.mark.parametrize("name", FOUND_BY_INDEX)
def test_a_condition_that_an_index_serves(name: str) -> None:
    assert [each for each in warning_messages(service_if(FOUND_BY_INDEX[name])) if "whole table" in each] == []


def test_staff_who_see_everything_get_no_warning() -> None:
    assert warning_messages(policy_with('allow(_: Staff, "view", _: Service);')) == []


def test_types_and_actions_without_a_rule() -> None:
    text = f'allow(actor: Member, "view", user: User) if user.id = actor.id;\n{VIEW_RULES}\n{CAPABILITY_RULES}'
    warnings = [finding for finding in run_checks(text, FILE) if finding.severity is Severity.WARNING]
    silent = {model.__name__ for model in ACTIONS} - set(re.findall(r'"view", \w+: (\w+)\)', text))
    missing = {
        f"{model.__name__} {action}"
        for model, actions in ACTIONS.items()
        for action in actions
        if model.__name__ not in silent and action != "view"
    }
    assert silent >= {"Service", "AuditEvent"}
    assert {"Organization create_service", "User remove"} <= missing
    assert sorted(finding.text for finding in warnings) == sorted(missing | silent)
    assert {finding.suggestion for finding in warnings} >= {
        'Write allow(actor: Member, "view", …: Service).',
        'Write allow(actor: Member, "create_service", …: Organization).',
    }


def test_warnings_do_not_prevent_loading() -> None:
    text = policy_with(f"{ALLOW} {MINE};\n{ALLOW} {MINE};")
    assert check_messages(text) == []
    warnings = check(text, FILE)
    assert {finding.severity for finding in warnings} == {Severity.WARNING}
    assert any(finding.line == 2 for finding in warnings)


ALONE = {
    "in the head": ('allow(actor: Member, "view", _: Service);', "1:7", "actor"),
    "in the body": (f"{ALLOW} {MINE} and grant in service.contract_account.grants;", "1:103", "grant"),
    "under not": (f"{ALLOW} {MINE} and not p in actor.permissions;", "1:107", "p"),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_variable_that_is_used_once(name: str) -> None:
    rules, place, variable = ALONE[name]
    (finding, *_) = check_messages(policy_with(rules))
    assert finding.startswith(f"{FILE}:{place}: `{variable}"), finding


MISTYPED = {
    "type": ('allow(_: Member, "view", _: service);', "Did you mean Service?"),
    "actor": ('allow(_: member, "view", _: Service);', "Did you mean Member?"),
    "action": ('allow(_: Member, "View", _: Service);', "Did you mean view?"),
    "action on a mistyped type": ('allow(_: Member, "restor", _: Usr);', "Did you mean restore?"),
    "permission": (f'{ALLOW} {MINE} and "billing_view" in actor.permissions;', "Did you mean BILLING_VIEW?"),
    "audience": (f'{ALLOW} {MINE} and actor.audience = "Delivry";', "Did you mean DELIVERY?"),
    "status": (f'{ALLOW} {MINE} and service.status = "ACTIV";', "Did you mean ACTIVE?"),
    "attribute": (f'{ALLOW} {MINE} and service.stats = "ACTIVE";', "Did you mean status?"),
    "trait": (f"{ALLOW} {MINE} and actor.all_contracts_accounts;", "Did you mean all_contract_accounts?"),
    "rule": (f"{ALLOW} {MINE} and manage_users(actor);", "Did you mean manages_users?"),
    "rule beside another mistake": (f"{ALLOW} {MINE} and manage_users(actor) and cut;", "Did you mean manages_users?"),
    "entry": (f'alow(actor: Member, "view", service: Service) if {MINE};', "Did you mean allow?"),
    "word of a question": ('assign_audience(_: Member, "DELIVRY");', "Did you mean DELIVERY?"),
}


@pytest.mark.parametrize("name", MISTYPED)
def test_a_mistyped_name_gets_a_suggestion(name: str) -> None:
    rules, question = MISTYPED[name]
    text = policy_with(rules)
    if name == "rule beside another mistake":
        text = policy_with(rules.replace("cut", "service.x = 1"))
    assert any(question in finding for finding in check_messages(text)), check_messages(text)


def test_all_branches_without_a_translation_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from authz.compiler.residual import UntranslatableResidual

    def rejected(*_: object) -> None:
        raise UntranslatableResidual("or over data")

    monkeypatch.setattr("authz.compiler.compiler.predicate_of", rejected)
    text = policy_with(f'{ALLOW} {MINE} and service.status = "ACTIVE";\n{ALLOW} {MINE} and service.country = "NL";')
    found = [finding.partition(": No exact SQL")[0] for finding in check_messages(text)]
    assert found == ["test.polar:4:1", "test.polar:5:1", "test.polar:6:1", "test.polar:1:1", "test.polar:2:1"]


def test_a_condition_without_a_translation_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the first column of its rule, and not once for each of its values. The linter refuses this one, too."""
    monkeypatch.setattr("authz.lint.linter.report_columns", lambda *_: None)
    text = policy_with(
        f'{ALLOW} {MINE} and\n    service.status = "ACTIVE" and lies_in(service.country, service);\n'
        "  lies_in(country: String, service: Service) if\n"
        '    service.city != nil and country in ["NL", "DE"] and service.name != nil;'
    )
    (finding,) = check_messages(text)
    assert finding.startswith('test.polar:4:29: `country in ["NL", "DE"]`: No exact SQL: not a column or a relation:')


def test_a_finding_about_a_whole_rule_is_where_the_rule_begins() -> None:
    (finding,) = check_messages(policy_with('# Staff.\n  allow(_: Staff, "view", _: ContractAccount);'))
    assert finding.startswith("test.polar:2:3: `ContractAccount.organization`: This rule lets an actor view")


@settings(max_examples=examples(13), deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=2, max_size=4), st.lists(st.sampled_from(PIECES), max_size=3))
def test_removing_the_reported_rules_changes_no_decision(allowing: list[str], helping: list[str]) -> None:
    helpers = [f"open(actor: Member, service: Service) if {MINE} and {piece};" for piece in helping]
    rules = [f"{ALLOW} {MINE} and {piece};" for piece in allowing]
    rules += [f"{ALLOW} {MINE} and open(actor, service);"] if helpers else []
    rules += helpers
    reported = {int(warning.split(":")[1]) for warning in warning_messages(policy_with("\n".join(rules)))}
    assume(reported)
    kept = [rule for line, rule in enumerate(rules, 1) if line not in reported]
    if not any(rule.startswith("open") for rule in kept):
        kept = [rule for rule in kept if "open(" not in rule]
    before, after = Policy(policy_with("\n".join(rules)), FILE), Policy(policy_with("\n".join(kept)), FILE)
    for traits in combinations(ActorKind.MEMBER, before.dependence(ActorKind.MEMBER, "view", Service)):
        had, has = (simplified(policy.decision(traits, "view", Service).where) for policy in (before, after))
        assert implies(had, has)
        assert implies(has, had)


def simplified(where: Predicate) -> Predicate:
    """Expands the alternatives of `where`."""
    alternatives: set[Predicate] = {where}
    while True:
        further = {item for alternative in alternatives for item in _split(alternative)}
        if further == alternatives:
            return AnyOf(frozenset(further))
        alternatives = further


def _split(predicate: Predicate) -> set[Predicate]:
    if isinstance(predicate, AnyOf):
        return set(predicate.items)
    if isinstance(predicate, OneOf):
        return {Compare(predicate.path, Operator.EQUAL, value) for value in predicate.values}
    if isinstance(predicate, AllOf):
        for item in predicate.items:
            parts = _split(item)
            if parts != {item}:
                rest = predicate.items - {item}
                return {AllOf(rest | (part.items if isinstance(part, AllOf) else {part})) for part in parts}
    return {predicate}
