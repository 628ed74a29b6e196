"""`portico access-review`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.csv_safety import BOM, rows_into
from app.cli.database import database_of
from app.cli.policy.database_context import ResourceNotFound, ask, find_one, id_of
from app.cli.policy.output import progress, working
from app.database.pools import writing_engine
from app.policy.policy_file import policy_of
from app.settings import Settings, load
from models import AccessKind, AccessReview, ContractAccount, DeliveryAccount, User
from models import Organization as OrganizationModel
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews import mutations as access_review_mutations
from resolvers.mutations.access_reviews.export import ExportedReview, entries_of, find_review
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.public_id import key as key_of
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction

Organization = Annotated[str, typer.Argument(help="The organization: its id (org_...), or its name.")]
ReviewId = Annotated[str | None, typer.Option("--review", help="Which review (rev_...); else the newest one.")]
New = Annotated[bool, typer.Option("--new", help="Make a new review, of now.")]
Output = Annotated[str, typer.Option(help="The file to write; - is standard output.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, a document for each line: the review, its entries.")]

FROM_HERE = "cli"
"""What the audit trail has in the place of a network address."""
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
    output: Output = "-",
    as_json: AsJson = False,
) -> None:
    """Who has access to what in an organization, and why, as CSV that is safe to open in a spreadsheet."""
    if new and review is not None:
        raise typer.BadParameter("a new review has no id yet: give --new or --review")
    key = None if review is None else _key(review)
    with database_of(load()) as settings:
        made = asyncio.run(_made(settings, organization)) if new else key

        async def question(connection: AsyncConnection) -> tuple[Resource, ExportedReview]:
            thing = await find_one(connection, [OrganizationModel], organization)
            found = await find_review(connection, thing.id, made)
            if found is None:
                which = "no such review" if key else "no review yet; make one with --new"
                raise ResourceNotFound(f"{thing.name} has {which}")
            with _opened(output, as_json) as stream:
                await _write(entries_of(connection, found), found, _writer(stream, as_json, thing, found))
            return thing, found

        thing, found = ask(settings, question)
    typer.echo(_said(thing, found), err=True)


async def _made(settings: Settings, organization: str) -> UUID:
    engine = writing_engine(settings.database(), size=1, statement_seconds=0)
    try:
        async with engine.connect() as connection:
            thing = await find_one(connection, [OrganizationModel], organization)
        named = id_of(OrganizationModel, thing.id)
        writing = MutationContext(engine, policy_of(settings), settings.key())
        with working("Writing down who has access to what"):
            caller = Caller(None, address=FROM_HERE)
            return await run_in_transaction(
                writing, caller, lambda work: access_review_mutations.create_named(work, named)
            )
    finally:
        await engine.dispose()


def _key(review: str) -> UUID:
    key = key_of(review, "rev")
    if key is None:
        raise ResourceNotFound(f"this is no id of an access review: {review}")
    return key


@contextmanager
def _opened(output: str, as_json: bool) -> Iterator[IO[str]]:
    """The file, or standard output, for text without a translation of line ends; CSV begins with a byte order mark."""
    encoding = "utf-8" if as_json else BOM
    if output != "-":
        with Path(output).open("w", encoding=encoding, newline="") as stream:
            yield stream
        return
    stream = TextIOWrapper(sys.stdout.buffer, encoding=encoding, newline="")
    try:
        yield stream
    finally:
        stream.detach()


def _writer(stream: IO[str], as_json: bool, thing: Resource, review: ExportedReview) -> Write:
    if as_json:
        stream.write(json.dumps(_document(thing, review), default=str, ensure_ascii=False) + "\n")
        return lambda entry: stream.write(json.dumps(entry, default=str, ensure_ascii=False) + "\n")
    write = rows_into(stream)
    write(COLUMNS)
    shared = thing.name, _text(review.created_at), _text(review.signed_off_at), _text(review.signed_off_by)
    return lambda entry: write((*shared, *map(_text, entry.values())))


async def _write(entries: AsyncIterator[Any], review: ExportedReview, write: Write) -> None:
    with progress() as bar:
        task = bar.add_task("entries", total=review.entries)
        async for entry in entries:
            write(_entry(entry))
            bar.advance(task)


def _entry(entry: Any) -> dict[str, Any]:
    of = _ACCOUNTS.get(entry.kind)
    return {
        "user": id_of(User, entry.user_id),
        "email": entry.user_email,
        "user_name": entry.user_name,
        "status": entry.user_status,
        "what": entry.kind,
        "account": id_of(of, entry.thing_id) if of else None,
        "name": entry.name,
        "accounts": entry.accounts,
        "ends_at": entry.ends_at and entry.ends_at.isoformat(),
        "why": entry.why,
        "rules": entry.rules,
    }


def _document(thing: Resource, review: ExportedReview) -> dict[str, Any]:
    return {
        "review": id_of(AccessReview, review.id),
        "organization": id_of(OrganizationModel, thing.id),
        "reviewed_at": review.created_at.isoformat(),
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


def _said(thing: Resource, review: ExportedReview) -> str:
    signed = f"signed off by {review.signed_off_by}" if review.signed_off_at else "not signed off"
    return f"{id_of(AccessReview, review.id)}: {review.entries:,} entries about {thing.name}, {signed}."
