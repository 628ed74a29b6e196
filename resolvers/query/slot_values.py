"""The values of a request in its statement: bind parameters, or columns of a row of values.

Parts of an object that are equal apart from their keys and the values of their slots are planned once, and evaluated
for each row of values. For `{ a: users(first: 5) { totalCount … } b: users(first: 10) { totalCount … } }`:

    array((SELECT <text of users, with v.p0 in the place of "first">
             FROM (VALUES (0, :slot_0), (1, :slot_1)) AS v(number, p0) ORDER BY v.number))

PostgreSQL plans such a statement without knowing the values, so the plan is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, literal_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from resolvers.query import json_sql
from resolvers.query.json_sql import Json
from resolvers.query.selection import (
    ConnectionField,
    EdgeNode,
    Edges,
    ListField,
    Nodes,
    NodesByIds,
    ObjectField,
    Page,
    ParameterSlot,
    Part,
    Selection,
)

SLOT = "slot_"
"""The prefix of bind parameters for values of the request."""

SlotTuple = tuple[ParameterSlot, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of values: the slots that its columns stand for, and the types of those that are used."""

    name: str
    slots: SlotTuple
    types: dict[int, TypeEngine[Any]] = field(default_factory=dict)

    def column(self, slot: ParameterSlot, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        number = self.slots.index(slot)
        self.types.setdefault(number, type_)
        return literal_column(f"{self.name}.{_column(number)}", type_)


class SlotValues:
    """The values of one statement's slots."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []  # around the part that is being planned, the innermost last

    def get(self, slot: ParameterSlot, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """The SQL of the value of a slot."""
        for row in reversed(self._rows):
            if slot in row.slots:
                return row.column(slot, type_)
        return bindparam(f"{SLOT}{slot.index}", type_=type_)

    def for_each(self, variants: Sequence[SlotTuple], plan: Callable[[], Json], name: str) -> ColumnElement[list[str]]:
        """Returns an array of JSON texts, one for each of the variants. These are slots that take the place of those of
        the first variant, for which `plan` returns the text. `name` is a new alias."""
        row = _Row(name, variants[0])
        self._rows.append(row)
        text = json_sql.sql(plan())
        self._rows.pop()
        values = [[self.get(variant[number], type_) for number, type_ in row.types.items()] for variant in variants]
        return _ForEach(name, tuple(row.types), text, values)


def without_values(part: Part) -> tuple[Part, SlotTuple]:
    """Returns the part with slots that say only which of its values are the same, and its own slots."""
    numbers: dict[ParameterSlot, ParameterSlot] = {}
    return _renumbered(part, numbers), tuple(numbers)


_WITH_SLOTS = (ConnectionField, Page, Nodes, Edges, EdgeNode, ObjectField, ListField, NodesByIds)


def _renumbered(value: Any, numbers: dict[ParameterSlot, ParameterSlot]) -> Any:
    match value:
        case ParameterSlot():
            return numbers.setdefault(value, ParameterSlot(len(numbers)))
        case tuple():
            return tuple(_renumbered(item, numbers) for item in value)
        case Selection():
            return Selection(value.type, _renumbered(value.parts, numbers))
    if not isinstance(value, _WITH_SLOTS):
        return value
    return replace(value, **{each.name: _renumbered(getattr(value, each.name), numbers) for each in fields(value)})


class _ForEach(FunctionElement[Any]):
    """The array of a text for each row of values, which are the columns `numbers` of the table `name`."""

    type = ARRAY(Text)
    inherit_cache = False

    def __init__(
        self,
        name: str,
        numbers: Sequence[int],
        text: ColumnElement[str],
        rows: Sequence[Sequence[ColumnElement[Any]]],
    ) -> None:
        super().__init__(text, *(value for row in rows for value in row))
        self.table = name
        self.numbers = numbers
        self.row_count = len(rows)


@compiles(_ForEach)
def _for_each(element: _ForEach, compiler: SQLCompiler, **options: Any) -> str:
    text, *values = (compiler.process(piece, **options) for piece in element.clauses)
    width, table = len(element.numbers), element.table
    rows = (
        f"({', '.join([str(number), *values[number * width : (number + 1) * width]])})"
        for number in range(element.row_count)
    )
    columns = ", ".join(["number", *map(_column, element.numbers)])
    return f"array((SELECT {text} FROM (VALUES {', '.join(rows)}) AS {table}({columns}) ORDER BY {table}.number))"  # noqa: S608


def _column(number: int) -> str:
    return f"p{number}"
