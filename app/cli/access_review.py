"""`portico access-review`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access_review_worker import CONNECTIONS
from app.background import end_tasks
from app.cli.csv_safety import BOM, csv_row_writer
from app.cli.database import mutation_context, open_database
from app.cli.output import count_of, progress_bar
from app.cli.output_files.report import STANDARD_OUTPUT, report_stream
from app.cli.policy.database_context import ResourceNotFound, find_one, id_of, run_query
from app.database.pools import create_write_engine
from app.settings import Settings, load
from models import AccessKind, AccessReview, AccessReviewState, ContractAccount, DeliveryAccount, User
from models import Organization as OrganizationModel
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.export import ExportedReview, find_review, read_entries, read_progress
from resolvers.mutations.access_reviews.mutations import create_access_review_by_name
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.public_id import key as key_of
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

Organization = Annotated[str, typer.Argument(help="The organization: its id (org_...) or its name.")]
ReviewId = Annotated[str | None, typer.Option("--review", help="The review (rev_...). Default: the newest.")]
New = Annotated[bool, typer.Option("--new", help="Create a new review of the current access.")]
Output = Annotated[Path, typer.Option(help="The file to write, replacing another; - is standard output.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write JSON, one document per line: the review, then its entries.")
]

POLL_SECONDS = 0.2
CLI_ADDRESS = "cli"
"""What the audit trail records instead of a network address."""
COLUMNS = (
    "organization",
    "reviewed_at",
    "signed_off_at",
    "signed_off_by",
    "user",
    "email",
    "user_name",
    "status",
    "what",
    "account",
    "name",
    "accounts",
    "ends_at",
    "why",
    "rules",
)
_ACCOUNTS = {AccessKind.CONTRACT_ACCOUNT: ContractAccount, AccessKind.DELIVERY_ACCOUNT: DeliveryAccount}

Write = Callable[[dict[str, Any]], object]


def access_review(
    organization: Organization,
    review: ReviewId = None,
    *,
    new: New = False,
    output: Output = STANDARD_OUTPUT,
    as_json: AsJson = False,
) -> None:
    """Write who has access to what in an organization, and why, as CSV that is safe to open in a spreadsheet."""
    if new and review is not None:
        raise typer.BadParameter("A new review has no id yet: use either --new or --review.")
    key = None if review is None else _key(review)
    with open_database(load()) as settings:
        review_id = asyncio.run(_create(settings, organization)) if new else key

        async def export(connection: AsyncConnection) -> tuple[Resource, ExportedReview]:
            resource = await find_one(connection, [OrganizationModel], organization)
            exported = await find_review(connection, resource.id, review_id)
            if exported is None:
                problem = "no such review that is complete" if key else "no review yet; create one with --new"
                raise ResourceNotFound(f"{resource.name} has {problem}.")
            with report_stream(output, "utf-8" if as_json else BOM) as stream:
                await _write(read_entries(connection, exported), exported, _writer(stream, as_json, resource, exported))
            return resource, exported

        resource, exported = run_query(settings, export)
    typer.echo(_summary(resource, exported), err=True)


async def _create(settings: Settings, organization: str) -> UUID:
    engine = create_write_engine(settings.database(), max_connections=CONNECTIONS + 1, statement_timeout=0)
    try:
        async with engine.connect() as connection:
            resource = await find_one(connection, [OrganizationModel], organization)
        public_id = id_of(OrganizationModel, resource.id)
        context = await mutation_context(settings, engine)
        caller = Caller(None, address=CLI_ADDRESS)
        create = partial(create_access_review_by_name, organization=public_id)
        review_id = await run_in_transaction(context, caller, create)
        await _wait_until_complete(context, caller, resource.id, review_id)
        return review_id
    finally:
        await engine.dispose()


async def _wait_until_complete(
    context: MutationContext, caller: Caller, organization_id: UUID, review_id: UUID
) -> None:
    """Shows the progress of the review until it is complete. Records it, unless a server or worker does so first."""
    working = asyncio.create_task(_record(context, caller, organization_id))
    try:
        with progress_bar("Recording who has access to what") as bar:
            task = bar.add_task("percent", total=100)
            while True:
                async with context.engine.connect() as connection:
                    review = await read_progress(connection, review_id)
                if review.state is AccessReviewState.COMPLETE:
                    return
                if review.failure is not None:
                    typer.echo(review.failure, err=True)
                    raise typer.Exit(1)
                bar.update(task, completed=review.percent)
                await asyncio.wait([working], timeout=POLL_SECONDS)
                if working.done():
                    working.result()
    finally:
        await end_tasks([working])


async def _record(context: MutationContext, caller: Caller, organization_id: UUID) -> None:
    """Records reviews of the organization until cancelled."""
    while True:
        if not await record_next(context, caller, organization_id):
            await asyncio.sleep(POLL_SECONDS)


def _key(review: str) -> UUID:
    key = key_of(review, AccessReview)
    if key is None:
        raise ResourceNotFound(f"This is not the id of an access review: {review}")
    return key


def _writer(stream: IO[str], as_json: bool, organization: Resource, review: ExportedReview) -> Write:
    if as_json:
        stream.write(json.dumps(_document(organization, review), default=str, ensure_ascii=False) + "\n")
        return lambda entry: stream.write(json.dumps(entry, default=str, ensure_ascii=False) + "\n")
    write = csv_row_writer(stream)
    write(COLUMNS)
    shared = organization.name, _text(review.recorded_at), _text(review.signed_off_at), _text(review.signed_off_by)
    return lambda entry: write((*shared, *map(_text, entry.values())))


async def _write(entries: AsyncIterator[Any], review: ExportedReview, write: Write) -> None:
    with progress_bar() as bar:
        task = bar.add_task("entries", total=review.entries)
        async for entry in entries:
            write(_entry(entry))
            bar.advance(task)


def _entry(entry: Any) -> dict[str, Any]:
    account_model = _ACCOUNTS.get(entry.kind)
    return {
        "user": id_of(User, entry.user_id),
        "email": entry.user_email,
        "user_name": entry.user_name,
        "status": entry.user_status,
        "what": entry.kind,
        "account": id_of(account_model, entry.thing_id) if account_model else None,
        "name": entry.name,
        "accounts": entry.accounts,
        "ends_at": entry.ends_at and entry.ends_at.isoformat(),
        "why": entry.why,
        "rules": entry.rules,
    }


def _document(organization: Resource, review: ExportedReview) -> dict[str, Any]:
    return {
        "review": id_of(AccessReview, review.id),
        "organization": id_of(OrganizationModel, organization.id),
        "reviewed_at": review.recorded_at.isoformat(),
        "reviewed_by": review.created_by,
        "policy_version": review.policy_version,
        "signed_off_at": review.signed_off_at and review.signed_off_at.isoformat(),
        "signed_off_by": review.signed_off_by,
        "note": review.note,
        "entries": review.entries,
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _summary(organization: Resource, review: ExportedReview) -> str:
    signed = f"signed off by {review.signed_off_by}" if review.signed_off_at else "not signed off"
    entries = count_of(review.entries, "entry", "entries")
    return f"{id_of(AccessReview, review.id)}: {entries} for {organization.name}, {signed}."
