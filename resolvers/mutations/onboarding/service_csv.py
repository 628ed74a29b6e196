"""Reads services from a CSV file (RFC 4180), as exported from a spreadsheet or another system.

The file is UTF-8, with or without a byte order mark. Commas or semicolons separate the fields, as in the first line;
fields in double quotes may contain separators and line breaks. The first line names the columns, in any order. Before
it, there may be a line such as `sep=;`, which names the separator for Excel.
"""

import csv
import io
import re
from collections.abc import Iterator

from resolvers.errors import ErrorCode, Problem
from resolvers.mutations.onboarding.service_import import ImportColumn, ServiceLine, ServiceLines, line_path
from resolvers.validation.ascii_codes import normalize_code

COLUMNS = tuple(column.value for column in ImportColumn)
IN_CAPITALS = (ImportColumn.STATUS, ImportColumn.COUNTRY)
CODES = (ImportColumn.CODE, *IN_CAPITALS)
SEPARATORS = (",", ";", "\t", "|")

_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n]*?)"?(?:\r\n?|\n|\Z)', re.ASCII | re.IGNORECASE)


def read(data: bytes, skipped: int = 0) -> ServiceLines:
    """The services in a file, and the problems of the lines that can't be read. Never raises. Of a file that is read in
    parts, `skipped` is the number of lines that were cut out after the first line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(line, "This is not UTF-8.")
    try:
        rows = _rows(*_separated(text))
        number, header = next(rows, (1, ()))
    except _Broken as broken:
        return _unreadable(broken.line, str(broken))
    names = [name.strip().lower() if name.isascii() else name for name in header]
    if sorted(names) != sorted(COLUMNS):
        return _unreadable(number, f"The first line must name these columns: {', '.join(COLUMNS)}.")
    return _read(names, rows, skipped)


def _separated(text: str) -> tuple[str, str, int]:
    """The text without its separator line, the separator, and the number of the first line."""
    if line := _SEPARATOR_LINE.match(text):
        if line[1] not in SEPARATORS:
            raise _Broken(1, "The separator after sep= must be a comma, a semicolon, a tab or a vertical bar.")
        return text[line.end() :], line[1], 2
    first = text.partition("\n")[0]
    return text, ";" if first.count(";") > first.count(",") else ",", 1


def _read(names: list[str], rows: Iterator[tuple[int, list[str]]], skipped: int) -> ServiceLines:
    lines, problems = [], []
    try:
        for position, row in rows:
            number = position + skipped
            if len(row) == len(names):
                lines.append(_line(number, dict(zip(names, row, strict=True))))
            else:
                message = f"The line has {len(row)} fields, but the first line names {len(names)}."
                problems.append(_problem(number, message))
    except _Broken as broken:
        problems.append(_problem(broken.line + skipped, str(broken)))
    if not lines and not problems:
        problems.append(_problem(1, "The file has no services."))
    return ServiceLines(lines, problems)


class _Broken(Exception):
    """From `line` on, the file is not CSV."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _rows(text: str, delimiter: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """The non-empty rows, each with the number of its first line. The text begins with the line number `first`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = first
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield number, row
            number = reader.line_num + first
    except csv.Error as error:
        raise _Broken(number, f"This is not CSV: {error}.") from None


def _line(number: int, values: dict[str, str]) -> ServiceLine:
    stripped = {name: value.strip() for name, value in values.items() if value.isascii() or name not in CODES}
    return ServiceLine(number, **values | stripped | {name: normalize_code(values[name]) for name in IN_CAPITALS})


def _problem(number: int, message: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, line_path(number, ""))


def _unreadable(number: int, message: str) -> ServiceLines:
    return ServiceLines((), (_problem(number, message),))
