"""Mistakes of Oso that the linter rejects are found by the later checks, too, if the linter is skipped."""

from collections.abc import Mapping

import pytest

from authz.actor import ActorKind, Traits
from authz.checks.differential import validate_translation
from authz.checks.random_worlds import NamedValues
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError, OsoEngine
from authz.lint.linter import lint
from authz.lint.trait_dependence import Dependence
from authz.predicates.nodes import FALSE
from models import Base, ContractAccount, Permission, Scope, Service
from tests.support.policies.small_policies import FILE, policy_with, service_if

pytestmark = pytest.mark.invariant("oso_mistakes")

MINE = "service.organization_id = actor.organization_id"

# The rows of the table in oso-notes.md, on columns that a foreign key does not make equal.
MISTAKES = {
    "a condition between two parameters vanishes": policy_with(
        f'allow(actor: Member, "view", service: Service) if\n    {MINE} and'
        "    same(service.name, service.contract_account.name);\nsame(a: String, b: String) if a = b;"
    ),
    "data in a list": service_if(f'{MINE} and service.name in [service.contract_account.name, "Q"]'),
    "two relations given to one rule": policy_with(
        'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and\n'
        "    g in user.contract_grants and h in user.contract_grants and f(g.contract_account, h.contract_account)"
        ' and g.contract_account.name = "M" and h.contract_account.name = "Z";\n'
        "f(a: ContractAccount, b: ContractAccount) if a = b;"
    ),
    "not over data and a trait": service_if(
        f'{MINE} and not (service.status = "ACTIVE" or actor.all_contract_accounts)'
    ),
    "the literal on the left of an order": service_if(f'{MINE} and service.name <= "M" and "M" > service.name'),
}


ONLY_SERVICES: Mapping[type[Base], tuple[str, ...]] = {Service: ("view",)}
NAMED_VALUES: NamedValues = {(ContractAccount, "name"): {"M", "Z"}}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_of_oso_are_found_without_the_linter(name: str) -> None:
    try:
        compiler = Compiler(MISTAKES[name], FILE, frozenset())
        findings = [str(finding) for finding in validate_translation(compiler, FILE, NAMED_VALUES)]
    except (CompileError, EngineError) as error:
        findings = [str(error)]
    assert findings


def test_a_predicate_that_allows_more_than_the_rules_is_found() -> None:
    text = service_if(f'{MINE} and service.status = "ACTIVE"')
    compiler = Compiler(text, FILE, frozenset())
    rules = Compiler(text.replace('"ACTIVE"', '"PLANNED"'), FILE, frozenset())
    compiler.engine.holds = rules.engine.holds  # type: ignore[method-assign]
    (finding,) = validate_translation(compiler, FILE, {})
    assert finding.line == 1
    assert "row for which the rules themselves decide the opposite" in finding.reason
    assert finding.text == 'allow(Member, "view", Service)'


def test_traits_that_rules_name_unnoticed_are_found() -> None:
    """Actors share a decision if they differ in nothing that its rules name. That is checked, too."""
    compiler = Compiler(service_if(f'{MINE} and "BILLING_VIEW" in actor.permissions'), FILE, frozenset())
    assert [*validate_translation(compiler, FILE, {}, ONLY_SERVICES, {})] != []
    named = Dependence(frozenset({"permissions"}), frozenset({Permission.BILLING_VIEW}))
    known: Mapping[tuple[str, ...], Dependence] = {("Member", "view", "Service"): named}
    assert [*validate_translation(compiler, FILE, {}, ONLY_SERVICES, known)] == []


@pytest.mark.parametrize("action", ["assign", "view_billing"])
def test_an_action_on_an_invisible_row_is_found(action: str) -> None:
    """Otherwise the accounts that an admin may assign would reveal those of other organizations."""
    rule = f'allow(_: Member, "{action}", account: ContractAccount) if account.currency = "EUR";'
    (finding,) = validate_translation(
        Compiler(policy_with(rule), FILE, frozenset()), FILE, {(ContractAccount, "currency"): {"EUR"}}
    )
    assert (finding.line, finding.text) == (1, f'allow(Member, "{action}", ContractAccount)')
    assert "may not view" in finding.reason


def test_a_mistyped_class_is_an_error_not_a_printed_warning(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EngineError, match="Servise"):
        OsoEngine(policy_with('allow(_: Member, "view", _: Servise);'))
    assert capfd.readouterr().out == ""


EDGES = {
    "Service.contract_account": (
        'allow(actor: Member, "view", service: Service) if service.organization_id = actor.organization_id;',
        'allow(actor: Member, "view", account: ContractAccount)',
    ),
    "Service.delivery_account": (
        'allow(actor: Member, "view", service: Service) if service.organization_id = actor.organization_id;',
        'allow(actor: Member, "view", account: DeliveryAccount)',
    ),
    "Service.organization": ('allow(_: Staff, "view", _: Service);', ""),
    "ContractAccount.organization": ('allow(_: Staff, "view", _: ContractAccount);', ""),
    "DeliveryAccount.organization": ('allow(_: Staff, "view", _: DeliveryAccount);', ""),
    "User.organization": ('allow(_: Staff, "view", _: User);', ""),
}


@pytest.mark.parametrize("edge", EDGES)
def test_a_visible_row_includes_what_the_schema_promises_with_it(edge: str) -> None:
    rules, missing = EDGES[edge]
    whole = policy_with(rules)
    text = "\n".join(line for line in whole.splitlines() if not missing or not line.startswith(missing))
    findings = {finding.text: finding for finding in validate_translation(Compiler(text, FILE, frozenset()), FILE, {})}
    assert edge in findings
    assert findings[edge].line == 1
    assert "promises" in findings[edge].reason


def test_an_action_of_another_type_is_asked_about_what_an_element_leads_to() -> None:
    """Oso doesn't know the type of `s.delivery_account`, so it tries the rules for all types."""
    rules = """
allow(client: Client, "view", organization: Organization) if allow(client.owner, "view", organization);
allow(client: Client, "view", account: ContractAccount) if
    s in account.services and s.status = "ACTIVE" and
    allow(client.owner, "view", s.delivery_account) and allow(client.owner, "view", s.organization);
"""
    text = policy_with(rules)
    assert lint(text, FILE).diagnostics == ()
    asked: Mapping[type[Base], tuple[str, ...]] = {ContractAccount: ("view",)}
    compiler = Compiler(text, FILE, lint(text, FILE).non_null)
    assert [str(found) for found in validate_translation(compiler, FILE, {}, asked)] == []
    client = Traits(ActorKind.CLIENT, scopes=frozenset(Scope))
    assert compiler.decision(client, "view", ContractAccount).where != FALSE
