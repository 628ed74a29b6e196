"""Writes rows into the file of an export, one table after the other, with constant memory."""

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

MANIFEST = "manifest.json"


@dataclass
class ExportedTable:
    """What the manifest says of one table. `left_out` has the columns that are not in the file, and why."""

    columns: list[str]
    left_out: dict[str, str] = field(default_factory=dict)
    id_prefix: str = ""
    rows: int = 0
    bytes: int = 0
    sha256: str = ""

    def as_json(self) -> dict[str, Any]:
        """The table in the manifest."""
        prefix = {"idPrefix": self.id_prefix} if self.id_prefix else {}
        counts = {"rows": self.rows, "bytes": self.bytes, "sha256": self.sha256}
        return {**counts, **prefix, "columns": self.columns, "leftOut": self.left_out}


class ExportWriter:
    """Writes an export, in a `with` block: `add` for each table, then `finish`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._is_finished = False
        self.tables: dict[str, ExportedTable] = {}

    def __enter__(self) -> "ExportWriter":
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_finished:  # the file is discarded; if the disk is full, that error comes again here
            with suppress(OSError, ValueError):
                self._zip.close()

    @property
    def rows(self) -> int:
        """The rows that were written so far."""
        return sum(table.rows for table in self.tables.values())

    async def add(self, name: str, table: ExportedTable, rows: AsyncIterator[str]) -> None:
        """Write all `rows`, each the text of a JSON object."""
        self.tables[name] = table
        digest = hashlib.sha256()
        with self._zip.open(f"data/{name}.jsonl", "w", force_zip64=True) as member:
            async for row in rows:
                line = row.encode() + b"\n"
                member.write(line)
                digest.update(line)
                table.rows += 1
                table.bytes += len(line)
        table.sha256 = digest.hexdigest()

    def finish(self, header: dict[str, Any]) -> None:
        """Add the manifest, which ends the file."""
        tables = {name: table.as_json() for name, table in self.tables.items()}
        self._zip.writestr(MANIFEST, json.dumps({**header, "tables": tables}, indent=2, ensure_ascii=False) + "\n")
        self._zip.close()
        self._is_finished = True
