r"""Runs the SQL that `pg_restore --file=-` prints: statements, and rows between `COPY … FROM stdin;` and `\.`.

Rows go to PostgreSQL as they are, piece by piece, so memory is constant. It isn't psql that runs the script, for three
reasons: psql would obey the lines that begin with a backslash (they can start programs), it needs TLS of its own, and
our checks run in the same transaction as the script.
"""

import re
from collections.abc import AsyncIterator

import asyncpg

from app.backup.errors import BackupError

_COPY = re.compile(
    rb'COPY (?P<schema>"(?:[^"]|"")+"|\w+)\.(?P<table>"(?:[^"]|"")+"|\w+) \((?P<columns>.*)\) FROM stdin;'
)
_NAME = re.compile(r'"((?:[^"]|"")+)"|(\w+)')
_END = b"\\.\n"

_LONGEST_STATEMENTS = 64 * 2**20
"""The most bytes of SQL between the rows of two tables: far more than all functions and indexes."""

_SKIPPED = re.compile(rb"SET transaction_timeout = 0;|CREATE SCHEMA .*;|\\(un)?restrict \w+")
"""Lines that are not run: PostgreSQL 16 and older don't have the setting, the schema exists, and psql isn't used."""


class Script:
    """A script that arrives in `chunks`. `run` runs it on `connection`, in its transaction."""

    def __init__(self, connection: asyncpg.Connection, chunks: AsyncIterator[bytes]) -> None:
        self._connection, self._chunks = connection, chunks
        self._buffer = b""
        self._statements: list[bytes] = []
        self._size = 0

    async def run(self) -> None:
        """Run the script to its end. Raises BackupError if it isn't what pg_restore prints, and PostgreSQL's errors."""
        while (line := await self._line()) is not None:
            copy = _COPY.fullmatch(line.rstrip(b"\n"))
            if copy:
                await self._run_statements()
                await self._copy(copy)
            elif not _SKIPPED.fullmatch(line.rstrip(b"\n")):
                self._add(line)
        await self._run_statements()

    def _add(self, line: bytes) -> None:
        self._size += len(line)
        if self._size > _LONGEST_STATEMENTS:
            raise BackupError("the dump has statements that are far too long")
        self._statements.append(line)

    async def _run_statements(self) -> None:
        lines, self._statements, self._size = self._statements, [], 0
        # The driver can't run a script of nothing but comments.
        if any(line.strip() and not line.startswith(b"--") for line in lines):
            await self._connection.execute(b"".join(lines).decode())

    async def _copy(self, copy: re.Match[bytes]) -> None:
        (schema,), (table,), columns = (_names(copy[part].decode()) for part in ("schema", "table", "columns"))
        await self._connection.copy_to_table(
            table, schema_name=schema, columns=columns, source=self._rows(), format="text"
        )

    async def _line(self) -> bytes | None:
        while b"\n" not in self._buffer:
            if not await self._more():
                rest, self._buffer = self._buffer, b""
                return rest or None
            if len(self._buffer) > _LONGEST_STATEMENTS:
                raise BackupError("the dump has a line that is far too long")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line + b"\n"

    async def _rows(self) -> AsyncIterator[bytes]:
        r"""The rows up to the line `\.`, in pieces as they come."""
        at_line_start = True
        while True:
            if at_line_start and self._buffer.startswith(_END):
                self._buffer = self._buffer.removeprefix(_END)
                return
            end = self._buffer.find(b"\n" + _END)
            if end >= 0:
                yield self._buffer[: end + 1]
                self._buffer = self._buffer[end + 1 + len(_END) :]
                return
            # The last bytes may be the beginning of the end.
            keep = min(len(self._buffer), len(_END))
            piece, self._buffer = self._buffer[: len(self._buffer) - keep], self._buffer[len(self._buffer) - keep :]
            if piece:
                at_line_start = piece.endswith(b"\n")
                yield piece
            if not await self._more():
                raise BackupError("the dump ends in the middle of a table")

    async def _more(self) -> bool:
        """Read on. Returns whether there was anything."""
        chunk = await anext(self._chunks, b"")
        self._buffer += chunk
        return bool(chunk)


def _names(text: str) -> list[str]:
    """The identifiers in SQL such as `id, "number"`."""
    return [quoted.replace('""', '"') or plain for quoted, plain in _NAME.findall(text)]
