"""`portico documents`: registers trusted documents."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from app.backend import limits_of
from app.cli.database import open_database, open_mutation_context
from app.cli.output import AsJson, console, count_of, print_json, table
from app.documents.manifest_files import DocumentsUnreadable, read_documents
from app.settings import Settings, load
from resolvers import trusted_documents
from resolvers.callers.caller import Caller
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.trusted_documents import NewDocument, UnknownDocuments, document_id, parse_document_id
from schema.execution.document import Documents
from schema.schema import graphql_schema

T = TypeVar("T")

documents = typer.Typer(name="documents", help="Manage trusted documents.", no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        exists=True,
        dir_okay=False,
        help="GraphQL files (.graphql, .gql) with one document each, or JSON files with documents by SHA-256.",
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="The ids of the documents: sha256:….")]


@documents.command()
def add(files: Files, as_json: AsJson = False) -> None:
    """Register the documents in files, all or none. All are checked against the schema and the limits first."""
    settings = load()
    try:
        documents_read = read_documents(files, Documents(graphql_schema(), limits_of(settings)))
    except DocumentsUnreadable as unreadable:
        typer.echo("\n".join((*unreadable.findings, "Nothing was registered.")), err=True)
        raise typer.Exit(1) from None
    with open_database(settings) as settings:
        new = asyncio.run(_with_work(settings, lambda work: trusted_documents.add(work, documents_read)))
    if as_json:
        print_json([_described(document) | {"new": document.digest in new} for document in documents_read])
    else:
        known = len(documents_read) - len(new)
        typer.echo(f"Registered {count_of(len(new), 'new document')}; {known:,} already registered.")


@documents.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the registered documents."""
    with open_database(load()) as settings:
        rows = asyncio.run(_with_work(settings, trusted_documents.list_documents))
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
    """Remove documents, all or none. Servers accept them for up to 30 seconds more."""
    digests = {id_: parse_document_id(id_) for id_ in ids}
    malformed = [id_ for id_, digest in digests.items() if digest is None]
    if malformed:
        raise typer.BadParameter(f"This is not the id of a document: {malformed[0]}")
    removed = frozenset(digest for digest in digests.values() if digest is not None)
    try:
        with open_database(load()) as settings:
            asyncio.run(_with_work(settings, lambda work: trusted_documents.remove(work, removed)))
    except UnknownDocuments as unknown:
        typer.echo(f"Nothing was removed: {unknown}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        print_json([{"id": document_id(digest)} for digest in sorted(removed)])
    else:
        typer.echo(f"Removed {count_of(len(removed), 'document')}.")


def _described(document: NewDocument) -> dict[str, Any]:
    return {"id": document_id(document.digest), "name": document.name}


async def _with_work(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    async with open_mutation_context(settings) as context:
        return await run_in_transaction(context, Caller(), mutation)
