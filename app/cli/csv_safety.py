"""CSV that is safe to open in a spreadsheet."""

import csv
from collections.abc import Callable, Iterable
from typing import IO

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

BOM = "utf-8-sig"
"""The encoding by which spreadsheets know a file for UTF-8: with a byte order mark in front."""


def safe(cell: str) -> str:
    """`cell`, with an apostrophe in front where a spreadsheet would run it as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def rows_into(stream: IO[str]) -> Callable[[Iterable[str]], object]:
    """What writes rows into `stream`, a file opened with `newline=""`: quoted as RFC 4180 says, every cell safe."""
    writer = csv.writer(stream)
    return lambda row: writer.writerow(map(safe, row))
