"""Small policies for tests: the rules that every policy must have, and the rules under test."""

from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.noted_conditions import NotingCompiler
from authz.checks.pipeline import run_checks
from authz.checks.warnings import find_warnings
from authz.compiler.compiler import Compiler
from authz.language.diagnostics import Severity
from authz.lint.linter import lint

FILE = "test.polar"

CAPABILITY_RULES = """
creates_organizations(_: Staff);
makes_api_clients(actor: Member) if "DEVELOPER_PORTAL" in actor.permissions;
manages_users(actor: Member) if "USER_MANAGEMENT" in actor.permissions;
assign_permission(actor: Member, permission: String) if permission in actor.permissions;
assign_audience(_: Member, "DELIVERY");
assign_all(actor: Member, "ContractAccount") if actor.all_contract_accounts;
""".strip()

VIEW_RULES = """
allow(actor: Member, "view", organization: Organization) if organization.id = actor.organization_id;
allow(actor: Member, "view", account: ContractAccount) if account.organization_id = actor.organization_id;
allow(actor: Member, "view", account: DeliveryAccount) if account.organization_id = actor.organization_id;
""".strip()


def policy_with(rules: str) -> str:
    """Returns a complete policy whose first lines are `rules`."""
    return f"{rules.strip()}\n\n{VIEW_RULES}\n\n{CAPABILITY_RULES}\n"


def service_if(condition: str) -> str:
    """Returns a complete policy that lets members view services if `condition`, which is on the second line."""
    return policy_with(f'allow(actor: Member, "view", service: Service) if\n    {condition};')


def lint_messages(text: str) -> list[str]:
    """Returns the diagnostics of the linter as text."""
    return [str(item) for item in lint(text, FILE).diagnostics]


def check_messages(text: str) -> list[str]:
    """Returns the errors of the load checks as text."""
    return [str(item) for item in run_checks(text, FILE) if item.severity is Severity.ERROR]


def warning_messages(text: str) -> list[str]:
    """Returns the warnings about the rules of a policy as text, without those about missing rules."""
    lint_result = lint(text, FILE)
    assert lint_result.diagnostics == ()
    compiler = Compiler(text, FILE, lint_result.non_null)
    rules = DecisionsForAllTraits(compiler, NotingCompiler(lint_result, text, FILE), lint_result)
    warnings = list(find_warnings(compiler, rules, lint_result, FILE))
    assert all(item.severity is Severity.WARNING for item in warnings)
    return [str(item) for item in warnings if not item.reason.startswith("No `allow` rule is about")]
