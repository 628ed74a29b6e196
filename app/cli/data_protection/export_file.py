"""Writes an export to a file, and records it in the audit trail."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.data_protection.run import mutate, table_progress
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, count_of, print_json
from app.cli.output_files.archive import archive_path, new_archive
from app.data_export.archive import ExportedTable
from app.data_export.export import write_export
from app.data_export.queries import TableQuery
from app.policy.people import current_user
from app.settings import Settings
from resolvers.mutations.data_protection.record_export import record_export
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.public_id import encode
from resolvers.transaction.unit_of_work import UnitOfWork

__all__ = ["AsJson", "To", "write_file"]

NAME = "portico-{id}-%Y%m%dT%H%M%SZ.zip"

To = Annotated[
    Path,
    typer.Option("--to", help="The file to write, or a folder for it. An existing file is never replaced."),
]


def write_file(
    settings: Settings,
    to: Path,
    resource: Resource,
    queries: Sequence[TableQuery],
    header: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    """Write what `queries` select to the file `to`, or to a new one in the folder `to`, and print what it holds. The
    export is recorded before the file gets its name, so no complete export is missing in the trail."""
    path = archive_path(to, NAME.format(id=encode(resource.model, resource.id)))
    end_as_failure_on_sigterm()
    with new_archive(path) as file:
        with table_progress("Exporting", len(queries)) as report:
            tables = run_cancellably(write_export(settings.database(), file, queries, header, report))
        rows = sum(table.rows for table in tables.values())

        async def record(work: UnitOfWork) -> None:
            await record_export(work, resource, current_user(), rows)

        mutate(settings, record)
    _print(path, resource, tables, rows, as_json=as_json)


def _print(path: Path, resource: Resource, tables: dict[str, ExportedTable], rows: int, *, as_json: bool) -> None:
    size = path.stat().st_size
    if as_json:
        counts = {name: table.rows for name, table in tables.items()}
        id_ = encode(resource.model, resource.id)
        print_json({"file": str(path), "bytes": size, "id": id_, "rows": rows, "tables": counts})
        return
    filled = sum(1 for table in tables.values() if table.rows)
    contents = f"{count_of(rows, 'row')} of {count_of(filled, 'table')}"
    typer.echo(f"Exported {resource.name}: {contents} to {path} ({size / 1e6:,.1f} MB).")
