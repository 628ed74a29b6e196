"""Small policies for tests: what every policy must have, and the rules under test."""

from authz.checks.pipeline import run_checks
from authz.checks.warnings import find_warnings
from authz.compiler.compiler import Compiler
from authz.language.diagnostics import Severity
from authz.lint.linter import lint

FILE = "test.polar"

QUESTIONS = """
creates_organizations(_: Staff);
makes_api_clients(actor: Member) if "DEVELOPER_PORTAL" in actor.permissions;
manages_users(actor: Member) if "USER_MANAGEMENT" in actor.permissions;
assign_permission(actor: Member, permission: String) if permission in actor.permissions;
assign_audience(_: Member, "DELIVERY");
assign_all(actor: Member, "ContractAccount") if actor.all_contract_accounts;
""".strip()

VIEWS = """
allow(actor: Member, "view", organization: Organization) if organization.id = actor.organization_id;
allow(actor: Member, "view", account: ContractAccount) if account.organization_id = actor.organization_id;
allow(actor: Member, "view", account: DeliveryAccount) if account.organization_id = actor.organization_id;
""".strip()


def policy_with(rules: str) -> str:
    """A whole policy whose first lines are `rules`."""
    return f"{rules.strip()}\n\n{VIEWS}\n\n{QUESTIONS}\n"


def service_if(condition: str) -> str:
    """A whole policy that lets members view services on `condition`, which stands on the second line."""
    return policy_with(f'allow(actor: Member, "view", service: Service) if\n    {condition};')


def linted(text: str) -> list[str]:
    """What the lint finds, as one text per finding."""
    return [str(finding) for finding in lint(text, FILE).diagnostics]


def gated(text: str) -> list[str]:
    """The errors that the gates find, as one text per finding."""
    return [str(finding) for finding in run_checks(text, FILE) if finding.severity is Severity.ERROR]


def doubted(text: str) -> list[str]:
    """The warnings about the rules of a policy. What it has no rule for is no part of them."""
    found = lint(text, FILE)
    assert found.diagnostics == ()
    warnings = list(find_warnings(Compiler(text, FILE, found.non_null), found, FILE))
    assert all(finding.severity is Severity.WARNING for finding in warnings)
    return [str(finding) for finding in warnings if not finding.reason.startswith("No `allow` rule is about")]
