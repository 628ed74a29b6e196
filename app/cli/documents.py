"""`portico documents`: which documents are trusted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from app.backend import limits_of
from app.cli.database import database_of, writing_of
from app.cli.policy.output import AsJson, console, print_json, table
from app.documents.manifest_files import DocumentsUnreadable, read_documents
from app.settings import Settings, load
from resolvers import trusted_documents
from resolvers.callers.caller import Caller
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.trusted_documents import NewDocument, UnknownDocuments, digest_in, document_id
from schema.execution.document import Documents
from schema.schema import graphql_schema

T = TypeVar("T")

documents = typer.Typer(name="documents", help="Register trusted documents.", no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        exists=True,
        dir_okay=False,
        help="GraphQL (.graphql, .gql), one document each, or JSON of documents by their SHA-256.",
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="The documents' ids: sha256:….")]


@documents.command()
def add(files: Files, as_json: AsJson = False) -> None:
    """Register the documents in files, all or none: all are checked against the schema and the limits first."""
    settings = load()
    try:
        found = read_documents(files, Documents(graphql_schema(), limits_of(settings)))
    except DocumentsUnreadable as unreadable:
        typer.echo("\n".join((*unreadable.findings, "Nothing was registered.")), err=True)
        raise typer.Exit(1) from None
    with database_of(settings) as settings:
        new = asyncio.run(_with_work(settings, lambda work: trusted_documents.add(work, found)))
    if as_json:
        print_json([_described(document) | {"new": document.digest in new} for document in found])
    else:
        typer.echo(f"Registered {len(new):,} new documents; {len(found) - len(new):,} were registered already.")


@documents.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the registered documents."""
    with database_of(load()) as settings:
        rows = asyncio.run(_with_work(settings, trusted_documents.listed))
    if as_json:
        print_json(
            [
                {
                    "id": document_id(row.digest),
                    "name": row.name,
                    "createdAt": row.created_at.isoformat(),
                    "addedAt": row.added_at.isoformat(),
                }
                for row in rows
            ]
        )
    else:
        cells = ((row.name, f"{row.added_at:%Y-%m-%d %H:%M}", document_id(row.digest)) for row in rows)
        console().print(table("Name", "Last added", "Id", rows=cells))


@documents.command()
def remove(ids: Ids, as_json: AsJson = False) -> None:
    """Take documents out of the register, all or none. Servers answer for them half a minute more, at most."""
    digests = {given: digest_in(given) for given in ids}
    wrong = [given for given, digest in digests.items() if digest is None]
    if wrong:
        raise typer.BadParameter(f"This is no id of a document: {wrong[0]}")
    gone = frozenset(digest for digest in digests.values() if digest is not None)
    try:
        with database_of(load()) as settings:
            asyncio.run(_with_work(settings, lambda work: trusted_documents.remove(work, gone)))
    except UnknownDocuments as unknown:
        typer.echo(f"Nothing was removed: {unknown}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        print_json([{"id": document_id(digest)} for digest in sorted(gone)])
    else:
        typer.echo(f"Removed {len(gone):,} documents.")


def _described(document: NewDocument) -> dict[str, Any]:
    return {"id": document_id(document.digest), "name": document.name}


async def _with_work(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    async with writing_of(settings) as writing:
        return await run_in_transaction(writing, Caller(), mutation)
