"""Writes CSV that is safe to open in a spreadsheet."""

import csv
from collections.abc import Callable, Iterable
from typing import IO

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

BOM = "utf-8-sig"
"""The encoding that writes a byte order mark, by which spreadsheets recognize UTF-8."""


def escape_formula(cell: str) -> str:
    """`cell`, preceded by an apostrophe if a spreadsheet would run it as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell


def csv_row_writer(stream: IO[str]) -> Callable[[Iterable[str]], object]:
    """A function that writes rows to `stream`, a file opened with `newline=""`: quoted as in RFC 4180, formulas
    escaped."""
    writer = csv.writer(stream)
    return lambda row: writer.writerow(map(escape_formula, row))
