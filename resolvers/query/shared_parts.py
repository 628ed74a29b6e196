"""Plans parts of an object that are equal apart from their keys once, and uses their text for each key.

For `{ a: users { totalCount } b: users { totalCount } }`:

    (SELECT '{"a":' || a2.j0 || ',"b":' || a2.j0 || '}' FROM (SELECT <text of users> AS j0 OFFSET 0) AS a2)

PostgreSQL plans and runs the text once, so further keys are almost free. With OFFSET, it doesn't put the text in the
place of each reference. A text that is NULL is NULL for each key. Equal parts have equal slots
(`schema/execution/slots.py`). Parts that differ in their values as well are planned once, too (`slot_values.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from authz.predicates.sql_template import Templated
from resolvers.query import json_sql
from resolvers.query.cost import list_depth, places
from resolvers.query.json_sql import Json
from resolvers.query.selection import ConnectionField, Cursor, EdgeNode, NodesByIds, ObjectField, Part, TotalCount
from resolvers.query.slot_values import SlotTuple, SlotValues, without_values

P = TypeVar("P", bound=Part | TotalCount | EdgeNode | Cursor)


_NO_TEXTS: Mapping[Any, ColumnElement[str]] = MappingProxyType({})


class SharedValues:
    """Values that are computed once and used several times. `alias` returns a new name for their subquery."""

    def __init__(self, alias: Callable[[], str]) -> None:
        self._alias = alias
        self._name = ""
        self._values: list[ColumnElement[Any]] = []

    def put(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Returns a reference to the value, for use in the text `around` which the values are put."""
        self._name = self._name or self._alias()
        self._values.append(value)
        return literal_column(f"{self._name}.{_column(len(self._values) - 1)}", value.type)

    def around(self, json: Json) -> Json:
        """Returns the JSON text with the values that it refers to."""
        return [_Sharing(self._name, json_sql.sql(json), *self._values)] if self._values else json


class SharedParts(Generic[P]):
    """The parts of one object, or some of them. `plan` returns the JSON text of a part. Those with subqueries
    are put into `values`; the text of others is short. `texts` are those of parts that have been put there already."""

    def __init__(
        self,
        parts: Sequence[P],
        plan: Callable[[P], Json],
        values: SharedValues,
        texts: Mapping[P, ColumnElement[str]] = _NO_TEXTS,
    ) -> None:
        self._plan = plan
        self._values = values
        self._texts = texts
        self._uses = Counter(map(_without_key, parts))
        self._references: dict[P, ColumnElement[str]] = {}

    def json(self, part: P) -> Json:
        """Returns the JSON text of a part, for use in the text around which the values are put."""
        bare = _without_key(part)
        known = self._references.get(bare)
        if known is not None:
            # Each use counts towards the size of the response. The first one has been counted where it was built.
            return [json_sql.Limited(known)] if list_depth([part]) else [known]
        if bare in self._texts:
            self._references[bare] = self._texts[bare]
            return [self._references[bare]]
        text = self._plan(part)
        if self._uses[bare] == 1 or not (places([part]) or _has_subquery(text)):
            return text
        self._references[bare] = self._values.put(json_sql.sql(text))
        return [self._references[bare]]


def object_(parts: Sequence[P], plan: Callable[[P], Json], alias: Callable[[], str]) -> Json:
    """Returns the JSON object of these parts."""
    return _object(parts, plan, SharedValues(alias), {})


def object_of_variants(
    parts: Sequence[Part], plan: Callable[[Part], Json], alias: Callable[[], str], slots: SlotValues
) -> Json:
    """The same, with parts that differ in the values of their slots planned once."""
    values = SharedValues(alias)
    return _object(parts, plan, values, _varied(parts, plan, alias, slots, values))


def _object(
    parts: Sequence[P], plan: Callable[[P], Json], values: SharedValues, texts: Mapping[P, ColumnElement[str]]
) -> Json:
    shared = SharedParts(parts, plan, values, texts)
    return values.around(json_sql.object_([(part.key, shared.json(part)) for part in parts]))


def _varied(
    parts: Sequence[Part],
    plan: Callable[[Part], Json],
    alias: Callable[[], str],
    slots: SlotValues,
    values: SharedValues,
) -> dict[Part, ColumnElement[str]]:
    """The texts of the parts that differ from others only in their keys and the values of their slots."""
    texts: dict[Part, ColumnElement[str]] = {}
    for varied in _variants(parts):
        (first, _), *_ = varied.values()
        array = values.put(slots.for_each([own for _, own in varied.values()], partial(plan, first), alias()))
        texts |= {bare: array[json_sql.int_literal(number)] for number, bare in enumerate(varied, 1)}
    return texts


def _variants(parts: Sequence[Part]) -> list[dict[Part, tuple[Part, SlotTuple]]]:
    """Groups of parts that differ in their values only: for each without its key, the part and its slots."""
    fields = Counter(_field(part) for part in parts if isinstance(part, _VARIED))
    groups: defaultdict[Part, dict[Part, tuple[Part, SlotTuple]]] = defaultdict(dict)
    for part in parts:
        if isinstance(part, _VARIED) and fields[_field(part)] > 1:
            bare = _without_key(part)
            pattern, own = without_values(bare)
            groups[pattern].setdefault(bare, (part, own))
    return [group for group in groups.values() if len(group) > 1]


class _Sharing(FunctionElement[str]):
    """A text that refers to the columns of the subquery `name`, which are the `values`."""

    type = Text()
    inherit_cache = False

    def __init__(self, name: str, text: ColumnElement[str], *values: ColumnElement[Any]) -> None:
        super().__init__(text, *values)
        self.subquery = name


@compiles(_Sharing)
def _sharing(element: _Sharing, compiler: SQLCompiler, **options: Any) -> str:
    text, *values = (compiler.process(piece, **options) for piece in element.clauses)
    columns = ", ".join(f"{value} AS {_column(number)}" for number, value in enumerate(values))
    return f"(SELECT {text} FROM (SELECT {columns} OFFSET 0) AS {element.subquery})"  # noqa: S608


def _column(number: int) -> str:
    return f"j{number}"


def _has_subquery(json: Json) -> bool:
    return any(isinstance(piece, Templated) and piece.template.has_subquery for piece in json)


_VARIED = (ConnectionField, ObjectField, NodesByIds)
"""The parts that may have slots."""


def _field(part: ConnectionField | ObjectField | NodesByIds) -> str:
    return "nodes" if isinstance(part, NodesByIds) else part.field


def _without_key(part: P) -> P:
    return replace(part, key="")
