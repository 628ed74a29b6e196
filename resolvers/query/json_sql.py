"""Builds JSON as PostgreSQL text, and the SQL literals that it consists of.

Text is concatenated with `||` because that was the fastest variant measured, and because it has no limit of 100
arguments, as functions do. Two rules hold everywhere: a piece is NULL only if its absence must remove the enclosing
object (`||` with NULL is NULL), and only `Encoding.TEXT` needs escaping.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, coalesce

from resolvers.query.registry import Encoding, Scalar

Json = Sequence[str | ColumnElement[Any]]
"""JSON text in pieces: each is a constant, or SQL that computes it."""

NULL: Json = ("null",)


def sql_literal(text: str) -> ColumnElement[str]:
    """An SQL string literal. Only for text from the code (keys, type names), never for a value of a request."""
    return literal_column("'" + text.replace("'", "''") + "'", Text())


def int_literal(value: int) -> ColumnElement[int]:
    """An SQL integer literal."""
    return literal_column(str(value), Integer())


CHAIN = 8
"""The most pieces that `||` joins one after the other. Each `||` copies what it has joined so far, and PostgreSQL keeps
all copies until the row is done: 500 pieces behind a list of 8 MB took 3.9 GB, and joined by halves 110 MB."""


class Concatenated(FunctionElement[str]):
    """Pieces of SQL text joined by `||`."""

    type = Text()
    inherit_cache = True


@compiles(Concatenated)
def _concatenated(element: Concatenated, compiler: SQLCompiler, **options: Any) -> str:
    return _joined([compiler.process(piece, **options) for piece in element.clauses])


def _joined(pieces: Sequence[str]) -> str:
    if len(pieces) <= CHAIN:
        return "(" + " || ".join(pieces) + ")"
    middle = len(pieces) // 2
    return f"({_joined(pieces[:middle])} || {_joined(pieces[middle:])})"


MAX_BYTES = "max_response_bytes"
"""The option of the compiler with the number of bytes that all lists of a response may have together; None for a
response that can't be large, which is not measured."""


class Limited(FunctionElement[str]):
    """The text of a list, which counts towards the size of the response: beyond the limit, the statement ends."""

    type = Text()
    inherit_cache = True


@compiles(Limited)
def _limited(element: Limited, compiler: SQLCompiler, **options: Any) -> str:
    (text,) = (compiler.process(piece, **options) for piece in element.clauses)
    max_bytes = options.get(MAX_BYTES)
    return text if max_bytes is None else f"limit_response({text}, {max_bytes:d})"


def sql(json: Json) -> ColumnElement[str]:
    """Returns SQL for the text; adjacent constants become one literal."""
    pieces: list[str | ColumnElement[Any]] = []
    for piece in json:
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    columns = [sql_literal(piece) if isinstance(piece, str) else piece.self_group() for piece in pieces]
    return columns[0] if len(columns) == 1 else Concatenated(*columns)


def object_(members: Iterable[tuple[str, Json]]) -> Json:
    """A JSON object. Keys are GraphQL names, which need no escaping."""
    pieces: list[str | ColumnElement[Any]] = []
    for key, value in members:
        pieces += [f'{"," if pieces else "{"}"{key}":', *value]
    return [*pieces, "}"] if pieces else ["{}"]


def json_array(texts: ColumnElement[Any]) -> Json:
    """A JSON array from an SQL array of JSON texts; NULL, the array_agg of no rows, becomes the empty array."""
    return ["[", coalesce(func.array_to_string(texts, sql_literal(",")), sql_literal("")), "]"]


def or_null(json: Json) -> Json:
    """The JSON text, or `null` if it is missing."""
    return [coalesce(sql(json), sql_literal("null"))]


def scalar(field: Scalar, value: ColumnElement[Any]) -> Json:
    """The JSON text of one value."""
    encoded = _encode(field, value)
    return or_null(encoded) if field.nullable else encoded


def _encode(field: Scalar, value: ColumnElement[Any]) -> Json:
    match field.encoding:
        case Encoding.TEXT:
            return [cast(func.to_json(value), Text)]
        case Encoding.RAW:
            return [cast(value, Text)]
        case Encoding.PLAIN:
            return ['"', value, '"']
        case Encoding.ID:
            return [f'"{field.prefix}_', cast(value, Text), '"']
        case Encoding.TIME:
            # to_json writes ISO 8601 in half the time of to_char; a timestamp without a zone still lacks the Z.
            text = cast(func.to_json(func.timezone(sql_literal("UTC"), value)), Text)
            return [func.rtrim(text, sql_literal('"')), 'Z"']
        case Encoding.PLAIN_LIST:
            # An empty array must not become [""].
            items = func.nullif(func.array_to_string(value, sql_literal('","')), sql_literal(""))
            return ["[", coalesce(sql(['"', items, '"']), sql_literal("")), "]"]
        case Encoding.JSON:
            return [value]
