"""Random edits of the shipped policy, as an author might make them. Each passes the linter."""

import difflib
import re
from dataclasses import dataclass

from hypothesis import strategies as st

from authz.lint.linter import lint
from models import Permission
from tests.support.paths import POLICY

FILE = "edited.polar"
RULE = re.compile(r"^\w+\([^;#]*;$", re.MULTILINE)

CONDITIONS = {
    "service: Service": ('service.status = "ACTIVE"', 'service.contract_account.name != "PEAR Corp"'),
    "account: ContractAccount": ("account.currency != nil", "service in account.services"),
    "account: DeliveryAccount": ('account.name = "PEAR Corp"', 'one in account.services and one.status != "PLANNED"'),
    "user: User": ('user.kind = "PERSONAL"', "user.id != actor.id", "user.activated", "user.within_reach_of_actor"),
    "actor: Member": (
        '"SUPPORT_VIEW" in actor.permissions',
        "actor.all_delivery_accounts",
        "not actor.all_contract_accounts",
        'actor.audience = "DELIVERY"',
    ),
}
NEW_RULES = (
    'allow(_: Member, "view", service: Service) if service.status = "TERMINATED";',
    'allow(actor: Member, "view", user: User) if user.id != actor.id and user.all_contract_accounts;',
    (
        'allow(actor: Member, "view", service: Service) if service.organization_id = actor.organization_id and\n'
        '    service.status in ["PLANNED", "SUSPENDED"];'
    ),
    'allow(_: Staff, "assign", _: ContractAccount);',
    'allow(_: Staff, "view_billing", account: ContractAccount) if account.currency = "EUR";',
    'allow(_: Staff, "update", user: User) if user.within_reach_of_actor;',
    'assign_permission(_: Member, "ORDERS_VIEW");',
    'assign_audience(_: Member, "ORGANIZATION");',
    "makes_api_clients(_: Member);",
    'allow(client: Client, "view", other: ApiClient) if other.owner_id = client.owner.id;',
    (
        'allow(client: Client, "view", event: AuditEvent) if "billing.read" in client.scopes and\n'
        '    allow(client.owner, "view", event);'
    ),
    (
        'allow(actor: Member, "restore", user: User) if user.organization_id = actor.organization_id and\n'
        "    other in user.contract_grants and mine in other.contract_account.grants and mine.user_id = actor.id;"
    ),
)


@dataclass(frozen=True, repr=False)
class Edited:
    """The text of a policy. Its repr is the diff from the shipped policy."""

    text: str

    def __repr__(self) -> str:
        lines = POLICY.read_text().splitlines(), self.text.splitlines()
        return "\n".join(
            line for line in difflib.unified_diff(*lines, n=0, lineterm="") if line[:3] not in ("---", "+++")
        )


@st.composite
def edited_policies(draw: st.DrawFn) -> Edited:
    """The shipped policy after one to three edits."""
    text = POLICY.read_text()
    for _ in range(draw(st.integers(1, 3))):
        text = draw(st.sampled_from([_dropped, _narrowed, _replaced, _added]))(draw, text)
    return Edited(text)


def _dropped(draw: st.DrawFn, text: str) -> str:
    """The policy without one of its rules."""
    rule = draw(st.sampled_from(RULE.findall(text)))
    return _if_valid(text.replace(rule, "", 1), text)


def _narrowed(draw: st.DrawFn, text: str) -> str:
    """The policy with one more condition in one of its rules."""
    rule = draw(st.sampled_from([rule for rule in RULE.findall(text) if " if\n" in rule]))
    fitting = [each for subject, several in CONDITIONS.items() if subject in rule for each in several]
    if not fitting:
        return text
    return _if_valid(
        text.replace(rule, rule.replace(" if\n", f" if\n    {draw(st.sampled_from(fitting))} and\n", 1)), text
    )


def _replaced(draw: st.DrawFn, text: str) -> str:
    """The policy with one permission or audience replaced."""
    words = {f'"{each}"' for each in (*Permission, "ORGANIZATION", "DELIVERY")}
    places = [found for found in re.finditer(r'"[A-Z_]+"', text) if found[0] in words and found.start() > 3000]
    place = draw(st.sampled_from(places))
    audiences = ['"ORGANIZATION"', '"DELIVERY"']
    others = audiences if place[0] in audiences else [f'"{each}"' for each in Permission]
    return _if_valid(text[: place.start()] + draw(st.sampled_from(others)) + text[place.end() :], text)


def _added(draw: st.DrawFn, text: str) -> str:
    """The policy with one more rule."""
    return _if_valid(f"{text}\n{draw(st.sampled_from(NEW_RULES))}\n", text)


def _if_valid(edited: str, otherwise: str) -> str:
    return otherwise if lint(edited, FILE).diagnostics else edited
