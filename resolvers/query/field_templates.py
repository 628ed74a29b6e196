"""Compiles the SQL of fields and edges once for all actors of equal traits, and reuses the text at every place.

The declared expressions of a field depend on nothing but rows and the actor's access, so their SQL is the same wherever
the field is selected, apart from the aliases. The templates are kept with the policy (`Policy.templates`).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Alias, ColumnElement, FromClause, Select, TableClause, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from authz.predicates.sql_template import SqlTemplate, compile_template
from authz.recording import DecisionRequest, RecordingAccess
from resolvers.query.json_sql import Json
from resolvers.query.registry import Alternatives, Row

Rows = Callable[[Row, RecordingAccess], Select[Any]]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The templates of a field, the decisions that they depend on, and the columns if it is a subquery."""

    pieces: tuple[str | SqlTemplate | ColumnElement[Any], ...]
    requests: frozenset[DecisionRequest]
    columns: tuple[ColumnElement[Any], ...] = ()


class FieldTemplates:
    """The templates for the traits of `access`, which records the decisions that they depend on."""

    def __init__(self, access: RecordingAccess) -> None:
        self._access = access

    def json(self, key: Hashable, expression: Callable[..., Json], *rows: Row) -> Json:
        """Returns `expression(*rows, access)`. `key` names the expression."""
        tables = _tables(rows)
        if tables is None:
            return expression(*rows, self._access)
        compiled = self._compiled((key, *tables), lambda access: _compile(expression, tables, access))
        return [piece.on(*rows) if isinstance(piece, SqlTemplate) else piece for piece in compiled.pieces]

    def conditions(
        self, key: Hashable, expression: Callable[..., ColumnElement[bool] | Alternatives], *rows: Row
    ) -> list[ColumnElement[bool]]:
        """The same for a condition, followed by its alternatives if it has any."""
        conditions = self.json(key, lambda *arguments: _as_list(expression(*arguments)), *rows)
        return [condition for condition in conditions if not isinstance(condition, str)]

    def subquery(self, key: Hashable, rows: Rows, row: Row, name: str) -> FromClause:
        """Returns the subquery `rows(row, access)` under the alias `name`."""
        tables = _tables([row])
        if tables is None:
            return rows(row, self._access).subquery(name)
        compiled = self._compiled((key, *tables), lambda access: _compile_rows(rows, tables, access))
        (template,) = compiled.pieces
        assert isinstance(template, SqlTemplate)
        return _Rows(template.on(row)).table_valued(*compiled.columns, name=name)

    def _compiled(self, key: Hashable, compile_: Callable[[RecordingAccess], _Compiled]) -> _Compiled:
        templates, of = self._access.policy.templates, self._access
        place = (of.traits, of.viewed_by, of.must_have_second_factor, key)
        compiled: _Compiled | None = templates.get(place)
        if compiled is None:
            compiled = templates.put(place, compile_(RecordingAccess.of(of)))
        self._access.recorded.update(compiled.requests)
        return compiled


class _Rows(FunctionElement[Any]):
    """A subquery in FROM, from a template."""

    inherit_cache = False


@compiles(_Rows)
def _rows(element: _Rows, compiler: SQLCompiler, **options: Any) -> str:
    (template,) = element.clauses
    return compiler.process(template, **options)


def _as_list(conditions: ColumnElement[bool] | Alternatives) -> Json:
    if isinstance(conditions, Alternatives):
        return [conditions.combined, *conditions.apart]
    return [conditions]


def _tables(rows: Sequence[Row]) -> list[FromClause] | None:
    tables: list[FromClause] = [
        row.element for row in rows if isinstance(row, Alias) and isinstance(row.element, TableClause)
    ]
    return tables if len(tables) == len(rows) else None


def _compile(expression: Callable[..., Json], tables: Sequence[FromClause], access: RecordingAccess) -> _Compiled:
    pieces = expression(*(table.alias() for table in tables), access)
    templates = tuple(
        piece
        if isinstance(piece, str)
        else compile_template(lambda *rows, number=number: expression(*rows, access)[number], *tables)
        for number, piece in enumerate(pieces)
    )
    return _Compiled(templates, frozenset(access.recorded))


def _compile_rows(rows: Rows, tables: Sequence[FromClause], access: RecordingAccess) -> _Compiled:
    columns = rows(tables[0].alias(), access).selected_columns
    template = compile_template(lambda row: rows(row, access).scalar_subquery(), *tables)
    return _Compiled(
        (template,), frozenset(access.recorded), tuple(column(str(item.key), item.type) for item in columns)
    )
