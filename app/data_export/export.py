"""Makes an export: all rows come from one snapshot of the database, which servers go on using meanwhile."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

import migrations
from app.data_export.archive import ExportedTable, ExportWriter
from app.data_export.queries import TableQuery
from app.database.pools import create_inspection_engine

READ_AT_ONCE = 1000
"""The number of rows in memory."""

Report = Callable[[str, int], None]
"""Called with the name of a table, and the number of its rows that were written."""


async def write_export(
    url: str, file: IO[bytes], queries: Sequence[TableQuery], header: dict[str, Any], report: Report
) -> dict[str, ExportedTable]:
    """Write an export of the rows of `queries` to `file`, and return its tables. `header` begins the manifest."""
    engine = create_inspection_engine(url)
    try:
        async with engine.connect() as connection:
            # So that times have the same text everywhere. It is the first statement: the snapshot begins here.
            await connection.scalar(select(func.set_config("TimeZone", "UTC", true())))
            made = {
                "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
                "portico": version("portico"),
                "migration": await migrations.current(connection),
            }
            with ExportWriter(file) as writer:
                for query in queries:
                    await writer.add(query.name, query.table, _rows(connection, query, report))
                writer.finish({**header, **made})
            return writer.tables
    finally:
        await engine.dispose()


async def _rows(connection: AsyncConnection, query: TableQuery, report: Report) -> AsyncIterator[str]:
    count = 0
    report(query.name, count)
    statement: Select[str] = query.statement.execution_options(yield_per=READ_AT_ONCE)
    async for row in await connection.stream_scalars(statement):
        yield row
        count += 1
        if count % READ_AT_ONCE == 0:
            report(query.name, count)
