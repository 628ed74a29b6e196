"""`portico access-at`."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.csv_safety import BOM, csv_row_writer
from app.cli.database import open_database
from app.cli.output import console, count_of, table
from app.cli.output_files.report import STANDARD_OUTPUT, report_stream
from app.cli.policy.database_context import First, OfOrganization, OfType, find_one, id_of, resource_json, run_query
from app.settings import load
from models import Base, ContractAccount, DeliveryAccount, Service, User
from resolvers.access.past_access import PastAccess, PastQuestion, read_access, read_resources, read_users
from resolvers.policy_analysis.resource_lookup import Resource

What = Annotated[str, typer.Argument(help="A user, account or service: id, email, name or code.")]
Time = Annotated[str, typer.Argument(help="The time, as ISO 8601 with its offset from UTC: 2026-01-31T12:00:00Z.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Write everything as CSV that is safe to open in a spreadsheet.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write everything as JSON, one document per line.")]

MODELS: Final[dict[str, type[Base]]] = {
    model.__name__: model for model in (User, ContractAccount, DeliveryAccount, Service)
}
USER_COLUMNS: Final = ("what", "id", "name", "ends_at")
RESOURCE_COLUMNS: Final = ("user", "email", "name", "had_access", "recorded")

Entries = AsyncIterator[dict[str, Any]]
"""What the user had, or the users who had the resource: values by column."""


def access_at(
    what: What,
    time: Time,
    *,
    type_: OfType = None,
    organization: OfOrganization = None,
    first: First = 50,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Show what a user had access to at an earlier time, or who had access to an account or a service, from the audit
    trail."""
    moment, models = _moment(time), _models(type_)
    if as_csv and as_json:
        raise typer.BadParameter("Use either --csv or --json.")

    async def query(connection: AsyncConnection) -> None:
        resource = await find_one(connection, models, what, organization)
        asked = PastQuestion(id_of(resource.model, resource.id), resource.organization_id, moment)
        access = await read_access(connection, asked) if resource.model is User else None
        entries = _of_user(connection, asked, access) if access else _of_users(connection, asked)
        columns = USER_COLUMNS if access else RESOURCE_COLUMNS
        async with aclosing(entries):
            if as_csv:
                await _write_csv(columns, entries)
            elif as_json:
                await _write_json(_document(resource, moment, access), entries)
            else:
                await _show(_heading(resource, moment, access), columns, entries, first)

    with open_database(load()) as settings:
        run_query(settings, query)


def _moment(time: str) -> datetime:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(f"{time!r} is not a time with its offset from UTC, such as 2026-01-31T12:00:00Z.")
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"{time} is in the future.")
    return moment


def _models(type_: str | None) -> list[type[Base]]:
    if type_ is None:
        return list(MODELS.values())
    if type_ not in MODELS:
        raise typer.BadParameter(f"There is no type {type_!r}: use one of {', '.join(MODELS)}.")
    return [MODELS[type_]]


async def _of_user(connection: AsyncConnection, asked: PastQuestion, access: PastAccess) -> Any:
    for permission in access.permissions:
        yield _entry("Permission", None, permission.value, access.ends.get(permission.value))
    async for model, key, name in read_resources(connection, asked):
        id_ = id_of(model, key)
        yield _entry(model.__name__, id_, name, access.ends.get(id_))


def _entry(what: str, id_: str | None, name: str, ends_at: datetime | None) -> dict[str, Any]:
    return dict(zip(USER_COLUMNS, (what, id_, name, ends_at and ends_at.isoformat()), strict=True))


async def _of_users(connection: AsyncConnection, asked: PastQuestion) -> Any:
    async for row in read_users(connection, asked):
        values = id_of(User, row.id), row.email, row.name, row.had_access, row.recorded
        yield dict(zip(RESOURCE_COLUMNS, values, strict=True))


def _document(resource: Resource, time: datetime, access: PastAccess | None) -> dict[str, Any]:
    asked = {**resource_json(resource), "organization": resource.organization, "time": time.isoformat()}
    if access is None:
        return asked
    return asked | {
        "complete": access.complete,
        "reaches_back_to": access.reaches_back_to and access.reaches_back_to.isoformat(),
        "existed": access.existed,
        "active": access.active,
        "audience": access.audience,
        "all_contract_accounts": access.all_contract_accounts,
        "all_delivery_accounts": access.all_delivery_accounts,
    }


async def _write_json(document: dict[str, Any], entries: Entries) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))
    async for entry in entries:
        typer.echo(json.dumps(entry, ensure_ascii=False))


async def _write_csv(columns: tuple[str, ...], entries: Entries) -> None:
    with report_stream(STANDARD_OUTPUT, BOM) as stream:
        write = csv_row_writer(stream)
        write(columns)
        async for entry in entries:
            write(map(_text, entry.values()))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


async def _show(heading: list[str], columns: tuple[str, ...], entries: Entries, first: int) -> None:
    rows: list[list[str]] = []
    more = False
    async for entry in entries:
        if len(rows) == first:
            more = True
            break
        rows.append([_text(value) for value in entry.values()])
    for line in heading:
        typer.echo(line)
    console().print(table(*(column.replace("_", " ") for column in columns), rows=rows))
    if more:
        typer.echo(f"Only the first {count_of(first, 'row')}: --csv and --json write all of them, --first more.")


def _heading(resource: Resource, time: datetime, access: PastAccess | None) -> list[str]:
    of = f" of {resource.organization}" if resource.organization else ""
    return [f"{resource.name}{of} at {time.isoformat()}", *(_facts(access) if access else ())]


def _facts(access: PastAccess) -> list[str]:
    """How far the audit trail reaches back, and what the lists of accounts can't say."""
    since = access.reaches_back_to and access.reaches_back_to.isoformat()
    if since is None:
        facts = ["The audit trail records nothing about this user's access: this is what they have now."]
    elif access.complete:
        facts = [f"The audit trail records all of this user's access since {since}."]
    else:
        facts = [f"The audit trail records all of this user's access only since {since}."]
    if not access.existed:
        return [*facts, "The user had not been created yet."]
    facts.append("The user could sign in." if access.active else "The user could not sign in.")
    everything = {"contract accounts": access.all_contract_accounts, "delivery accounts": access.all_delivery_accounts}
    return facts + [f"Access to all {kind}." for kind, has_all in everything.items() if has_all]
