"""Writes CSV that is safe to open in a spreadsheet."""

import csv
import unicodedata
from collections.abc import Callable, Iterable
from typing import IO, Final

_BEGINS_A_FORMULA: Final = frozenset("=+-@\N{MINUS SIGN}")
_BEGINS_A_FIELD: Final = ("\t", "\r", "\n")
# Separators, control and format characters: a spreadsheet may skip them before a formula.
_SKIPPED_CATEGORIES: Final = ("Z", "C")

BOM = "utf-8-sig"
"""The encoding that writes a byte order mark, by which spreadsheets recognize UTF-8."""


def escape_formula(cell: str) -> str:
    """`cell`, preceded by an apostrophe if a spreadsheet would run it as a formula (OWASP, "CSV Injection").

    That includes full-width and other forms of the signs (`＝`), and those after spaces and invisible characters.
    """
    first = next((each for each in cell if unicodedata.category(each)[0] not in _SKIPPED_CATEGORIES), "")
    begins_a_formula = unicodedata.normalize("NFKC", first) in _BEGINS_A_FORMULA
    return f"'{cell}" if begins_a_formula or cell.startswith(_BEGINS_A_FIELD) else cell


def csv_row_writer(stream: IO[str]) -> Callable[[Iterable[str]], object]:
    """A function that writes rows to `stream`, a file opened with `newline=""`: quoted as in RFC 4180, formulas
    escaped."""
    writer = csv.writer(stream)
    return lambda row: writer.writerow(map(escape_formula, row))
