"""Says whether statements name the tenant of their tables, and records the statements of an engine."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Base
from tests.support.border.organization_of_tables import TableReference, references, refused_writes
from tests.support.migrations.tenants import PLATFORMS, tenant_of_rows

TENANT = {table.name: tenant_of_rows(table) for table in Base.metadata.sorted_tables if table.name not in PLATFORMS}
"""The column with the tenant, by table."""

ALWAYS = {
    *("sessions", "one_time_tokens", "views_as", "idempotency_keys", "outbox_mails"),
    *("api_client_secrets", "revoked_access_tokens"),
}
"""The tables that are looked up by something other than an actor."""

WITHOUT = {
    "DELETE FROM idempotency_keys WHERE idempotency_keys.expires_at <=": "cleans up in all tenants",
    "SELECT DISTINCT anon_1.tenant_id \nFROM (SELECT outbox_mails": "finds the tenants that have old mails",
    "SELECT access_requests.organization_id": "finds the organizations that have such requests",
    "SELECT outbox_mails.tenant_id": "finds the tenants that have due mails",
    "SELECT users.id, users.organization_id \nFROM users \nWHERE users.email": "finds the user of an email",
    "SELECT found.id, found.organization_id, found.password_hash": "finds the user of an email",
}
"""The starts of statements that name no tenant, with the reason."""

FINDS = {
    "INSERT INTO access_upkeep (organization_id) SELECT": "adds a row for each organization that has none",
    "SELECT (contract_accounts_1.organization_id =": "says whether an account that staff name is of the organization",
    "SELECT (delivery_accounts_1.organization_id =": "says whether an account that staff name is of the organization",
    "SELECT DISTINCT anon_1.organization_id \nFROM (SELECT webhook_deliveries": "finds those that have old deliveries",
    "SELECT DISTINCT anon_1.tenant_id \nFROM (SELECT outbox_mails": "finds the tenants that have old mails",
    "SELECT DISTINCT audit_events.tenant_id": "finds the chains with events of a user",
    "SELECT DISTINCT users.organization_id \nFROM users \nWHERE users.id IN": "finds the organizations of users",
    "SELECT access_requests.organization_id": "finds the organizations that have such requests",
    "SELECT access_requests.requester_id \nFROM": "locks the user of a request before it is known whether there is one",
    "SELECT access_review_jobs_1.organization_id": "finds the organizations that wait for a review",
    "SELECT access_upkeep.organization_id \nFROM access_upkeep \nWHERE access_upkeep.due_at": "finds who is due",
    "SELECT organizations_1.id": "finds organizations by their name",
    "SELECT outbox_mails.tenant_id": "finds the tenants that have due mails",
    "SELECT sign_in_domains.organization_id \nFROM": "finds the organization of a domain",
    "SELECT found.id, found.organization_id, found.password_hash": "finds the user of an email in the directory",
    "SELECT users.tenant_id \nFROM users \nWHERE users.id": "finds the tenant of a user whom an operator names",
    "SELECT verified_domains.domain_id": "finds the only organization that has a domain",
    "SELECT webhooks.organization_id, webhooks.id \nFROM webhooks": "finds the webhooks that have something to send",
    "UPDATE sessions SET last_seen_at": "names the tenant of each session in a list",
}
"""The starts of statements of which a table needs no tenant, with the reason."""

_TABLE = r"(?P<table>" + "|".join(TENANT) + r")(?: AS (?P<alias>\w+?(?P<number>_\d+)?)\b)?"
_PLACES = re.compile(r"(?:\bFROM |\bJOIN |\bUPDATE |, )" + _TABLE + r"\b(?!\.)")
_TARGETS = re.compile(r"(?:\bUPDATE |\bDELETE FROM )" + _TABLE + r"\b")
_LOCKED = re.compile(r"\bFROM " + _TABLE + r"\b(?:(?!\bFROM\b|\bSELECT\b).)*?\bFOR (?:UPDATE|NO KEY|SHARE|KEY)", re.S)
_INSERTS = re.compile(r"\bINSERT INTO (?P<table>\w+) \((?P<columns>[^)]*)\)")


def unnamed(sql: str) -> Iterator[str]:
    """The tables of which a statement writes, locks or looks up rows without naming their tenant."""
    if any(sql.startswith(start) for start in WITHOUT):
        return
    # An alias with a number is one of the conditions that reads consist of: they name the row that they belong to.
    named = [match for match in _PLACES.finditer(sql) if match["table"] in ALWAYS and not match["number"]]
    for match in [*named, *_TARGETS.finditer(sql), *_LOCKED.finditer(sql)]:
        column = rf"\b{match['alias'] or match['table']}\.{TENANT[match['table']]}"
        if not re.search(rf"{column} = |= {column}\b", sql):
            yield match["table"]
    for match in _INSERTS.finditer(sql):
        if match["table"] in TENANT and TENANT[match["table"]] not in match["columns"].split(", "):
            yield match["table"]


@contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[str]]:
    """Yields the texts of all statements that the engine runs in the block, except savepoints."""
    found: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not re.match("(RELEASE |ROLLBACK TO )?SAVEPOINT ", statement):
            found.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", record)


def unsaid(sql: str) -> Iterator[TableReference]:
    """The tables of a statement that neither name a tenant nor are tied to one that does."""
    for reference in references(sql):
        if not (reference.parameters() or reference.connected() & reference.around or reference.is_empty):
            yield reference


def check(statements: list[str]) -> None:
    """Fails with the statements that don't name a tenant and must."""
    assert statements
    silent = {sql for sql in statements if not any(sql.startswith(start) for start in FINDS) and any(unsaid(sql))}
    assert not silent, "\n\n".join(sorted(silent))
    found = {(table, sql) for sql in statements for table in unnamed(sql)}
    assert not found, "\n\n".join(f"{table}: {sql}" for table, sql in sorted(found))
    refused = {(reason, sql) for sql in statements for reason in refused_writes(sql)}
    assert not refused, "\n\n".join(f"{reason}: {sql}" for reason, sql in sorted(refused))
