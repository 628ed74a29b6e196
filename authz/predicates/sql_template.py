"""SQL text of an expression on a row, compiled once and reused with every alias of the row's table.

SQLAlchemy needs milliseconds to build and compile the condition of a policy, and a statement may contain it at a
hundred places. A template is that text with holes for the alias and the bind parameters:

    template = compile_template(status_of, User.__table__)
    select(template.on(a1)).select_from(a1)             # the text, with "a1" in the holes

Aliases inside the text have names of their own, such as `t1_contract_grants_1`, that no row has: the number is the
depth to which templates are nested, so that an inner one never hides the row of an outer one.

A set of keys that depends on the actor alone stays a piece of its own, which a statement may say once (`own_sets.py`).
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    FromClause,
    Select,
    false,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal, prefix_anon_map
from sqlalchemy.types import TypeEngine

from authz.predicates import own_sets

# Random, so that no constant of a policy contains them by chance.
_ROW, _ALIAS, _VALUE = (f"{letter}{token_hex(8)}" for letter in "rtv")
MAX_TEMPLATES = 4096
_HOLES = re.compile(rf"\b({_ROW}_\d+|{_VALUE}_\d+)\b")
_ALIASES = re.compile(rf"\b{_ALIAS}_(\w+)_(\d+)\b")

V = TypeVar("V")
Piece = str | int | BindParameter[Any]


@dataclass(frozen=True, slots=True)
class OwnSetPiece:
    """The subquery of an `OwnSet`, in pieces."""

    pieces: tuple[Piece, ...]


class SqlTemplate:
    """SQL text with holes: `pieces` are text, a bind parameter, the number of the row whose alias belongs there, or a
    set of the actor. `depth` is 1, or one more than that of the deepest template inside."""

    def __init__(self, pieces: tuple[Piece | OwnSetPiece, ...], type_: TypeEngine[Any], depth: int) -> None:
        self.pieces = pieces
        self.type = type_
        self.depth = depth

    @property
    def has_subquery(self) -> bool:
        """Whether the text contains one."""
        return any(
            isinstance(piece, OwnSetPiece) or (isinstance(piece, str) and "SELECT " in piece) for piece in self.pieces
        )

    def on(self, *rows: FromClause) -> ColumnElement[Any]:
        """The expression on `rows`: aliases of the tables of the template, in its order."""
        return Templated(self, rows)


@dataclass(frozen=True, slots=True)
class Substitution:
    """Other names for tables and for bind parameters in the SQL of a template, so that its conditions are about other
    rows than those stored, or about another actor. A table of another name has the same columns."""

    tables: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


UNCHANGED = Substitution()


class TemplateCache(Generic[V]):
    """What was compiled once, by key: at most `MAX_TEMPLATES` values, the newest. Any thread may use it."""

    def __init__(self) -> None:
        self._values: dict[Hashable, V] = {}

    def get(self, key: Hashable) -> V | None:
        """The value of the key, or None."""
        return self._values.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Store the value, and return it."""
        self._values[key] = value
        while len(self._values) > MAX_TEMPLATES:
            self._values.pop(next(iter(self._values)), None)
        return value


class Templated(ColumnElement[Any]):
    """The expression of a template on rows of its tables."""

    __visit_name__ = "templated"
    _traverse_internals = [  # noqa: RUF012
        ("template", InternalTraversal.dp_plain_obj),
        ("rows", InternalTraversal.dp_clauseelement_tuple),
        ("type", InternalTraversal.dp_type),
    ]
    inherit_cache = True

    def __init__(self, template: SqlTemplate, rows: tuple[FromClause, ...]) -> None:
        self.template = template
        self.rows = rows
        self.type = template.type

    @property
    def _from_objects(self) -> list[FromClause]:
        return [from_ for row in self.rows for from_ in row._from_objects]  # noqa: SLF001

    def self_group(self, against: Any = None) -> ColumnElement[Any]:
        """Itself: the text has the parentheses that it needs."""
        return self


def compile_template(
    expression: Callable[..., ColumnElement[Any]], *tables: FromClause, substitution: Substitution = UNCHANGED
) -> "SqlTemplate | ColumnElement[Any]":
    """Returns the template of `expression`, a function of a row of each of `tables`, or its value if it is `true()` or
    `false()`, which callers tell from conditions. `substitution` doesn't reach into templates inside of it."""
    rows = [table.alias(f"{_ROW}_{number}") for number, table in enumerate(tables)]
    value = expression(*rows)
    if value is true() or value is false():
        return value
    # In parentheses unless it is a name or a call, so that it can be an operand of anything.
    operand = value.self_group(against=operators.getitem)
    statement: Select[Any] = select(literal_column("1")).select_from(*rows).where(operand)
    compiler = _TemplateCompiler(_DIALECT, statement, compile_kwargs=own_sets.KEPT_APART, substitution=substitution)
    _, _, text = str(compiler.string).partition("\nWHERE ")
    depth = compiler.inner_depth + 1
    pieces: list[Piece | OwnSetPiece] = []
    for text_, subquery in own_sets.split(text):
        pieces += _pieces(text_.replace(_ALIAS, f"t{depth}"), compiler.values)
        if subquery:
            pieces.append(OwnSetPiece(_pieces(_with_own_names(subquery), compiler.values)))
    return SqlTemplate(tuple(pieces), value.type, depth)


def _with_own_names(subquery: str) -> str:
    """The text with names of aliases that are the same wherever the set occurs."""
    numbers: dict[str, int] = {}
    return _ALIASES.sub(lambda name: f"own_{name[1]}_{numbers.setdefault(name[0], len(numbers) + 1)}", subquery)


def _pieces(text: str, values: list[BindParameter[Any]]) -> tuple[Piece, ...]:
    return tuple(_piece(piece, values) for piece in _HOLES.split(text) if piece)


def _piece(text: str, values: list[BindParameter[Any]]) -> Piece:
    marker, _, number = text.rpartition("_")
    return int(number) if marker == _ROW else values[int(number)] if marker == _VALUE else text


class _AliasNames(prefix_anon_map):
    """Names of anonymous aliases, with a prefix that the finished template replaces."""

    def __missing__(self, key: str) -> str:
        name = self[key] = f"{_ALIAS}_{super().__missing__(key)}"
        return name


class _TemplateCompiler(PGCompiler_asyncpg):
    """Compiles SQL with holes; collects the bind parameters, and the depth of the templates inside."""

    values: list[BindParameter[Any]]
    inner_depth: int

    def __init__(self, *arguments: Any, substitution: Substitution, **options: Any) -> None:
        # The base class compiles in its constructor.
        self.values, self.inner_depth = [], 0
        self._table_names, self._parameters = dict(substitution.tables), dict(substitution.parameters)
        super().__init__(*arguments, **options)

    @property
    def anon_map(self) -> prefix_anon_map:
        return self._alias_names

    @anon_map.setter
    def anon_map(self, _names: prefix_anon_map) -> None:
        self._alias_names = _AliasNames()

    def visit_table(self, table: Any, asfrom: bool = False, **options: Any) -> str:  # type: ignore[override]
        name = self._table_names.get(table.name) if asfrom else None
        text: str = name or super().visit_table(table, asfrom=asfrom, **options)  # type: ignore[no-untyped-call]
        return text

    def visit_bindparam(self, bindparam: BindParameter[Any], **_options: Any) -> str:  # type: ignore[override]
        name = self._parameters.get(bindparam.key)
        self.values.append(bindparam if name is None else BindParameter(name, type_=bindparam.type, unique=False))
        return f"{_VALUE}_{len(self.values) - 1}"


_DIALECT = asyncpg.dialect()


@compiles(Templated)
def _render(element: Templated, compiler: SQLCompiler, **options: Any) -> str:
    if isinstance(compiler, _TemplateCompiler):
        compiler.inner_depth = max(compiler.inner_depth, element.template.depth)
    rows = [compiler.process(ColumnClause("x", _selectable=row)).rpartition(".")[0] for row in element.rows]
    return "".join(_rendered(piece, rows, compiler, options) for piece in element.template.pieces)


def _rendered(piece: Piece | OwnSetPiece, rows: list[str], compiler: SQLCompiler, options: dict[str, Any]) -> str:
    match piece:
        case str():
            return piece
        case int():
            return rows[piece]
        case OwnSetPiece():
            inner = "".join(_rendered(part, rows, compiler, options) for part in piece.pieces)
            return own_sets.reference(inner, options)
        case _:
            return compiler.process(piece, **options)
