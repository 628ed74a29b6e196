"""Selects the rows of one page of a connection: the FROM of its JSON.

The usual statement walks the rows in their order until the page is full. Statements for large organizations have
more ways to find the ids of the page, of which the rows are then built:

- **Alternatives**, of which at most one holds for a row, are each planned with an index of their own, and merged.
- **The parts of an order** that no index has, such as the users of each status, are searched one after the other, until
  the page is full.
- **What few rows may satisfy**, a filter or the policy for an actor who has a list of accounts, is first tested on the
  first rows of the list, which is fast if many rows do. If these don't fill the page, an index leads to all rows that
  do, which is fast if there are few. Nobody has to guess which it is:

      FROM (SELECT ARRAY(SELECT id FROM (SELECT * FROM services … ORDER BY … LIMIT 1000) AS first
                          WHERE <policy> AND <filters> LIMIT :slot_0 + 1) AS ids OFFSET 0) AS near,
           unnest(CASE WHEN cardinality(near.ids) > :slot_0 THEN near.ids
                       ELSE ARRAY(SELECT id … WHERE <policy> AND <filters, by index> ORDER BY … LIMIT :slot_0 + 1) END)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Uuid,
    and_,
    case,
    column,
    func,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Subquery
from sqlalchemy.types import TypeEngine

from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Inside, Order, Part, Row
from resolvers.query.selection import Page, ParameterSlot

ORDINAL: Final = "ordinal"
FIRST_KEY: Final = "first_key"
FIRST_ROWS: Final = 1_000
"""How many rows of a list in a large organization are tested before an index looks for all that satisfy its filters."""

Key = tuple[ColumnElement[Any], ColumnElement[Any]]
"""What a row is ordered by: the key of the order, and the id."""
Value = Callable[[ParameterSlot, TypeEngine[Any]], ColumnElement[Any]]
"""Returns the bind parameter of a slot."""


def everywhere(_row: Row, _of: Row | None = None, /) -> ColumnElement[bool]:
    """An `Inside` without a border."""
    return true()


class Rows(Protocol):
    """Returns an alias and its conditions: one or more alternatives, of which at most one holds for a row.

    `every` says that all rows are to be found, not those of a page, and `by_index` that the filters are to lead to
    them."""

    def __call__(self, *, every: bool = False, by_index: bool = False) -> tuple[Row, Sequence[ColumnElement[bool]]]:
        """The alias, and the alternatives."""


@dataclass(frozen=True)
class FirstRows:
    """How the first rows of a list are tested. `listed` returns an alias and a condition that holds for all rows of the
    list, and has the list's indexes; `passes` is the condition of the list on one of them. `by_index` says that the
    list has a filter that leads to its rows by an index. If there is an `organization`, the list has rows of this one
    only."""

    listed: Callable[[], tuple[Row, ColumnElement[bool]]]
    passes: Callable[[Row], ColumnElement[bool]]
    by_index: bool
    organization: ColumnElement[Any] | None = None


class RowsInOrder(NamedTuple):
    """Rows and their order. `sorts` says that no index has it, so that all rows are to be found; with `parts`, the rows
    of each have an index."""

    find: Rows
    order: Order
    sorts: bool
    parts: tuple[Part, ...]


class PageRows:
    """The rows of `page`. With `one_more`, one more than the page has, if there is one."""

    def __init__(
        self,
        page: Page,
        rows: RowsInOrder,
        first: FirstRows | None,
        value: Value,
        inside: Inside,
        *,
        one_more: bool,
    ) -> None:
        self._page = page
        self._find = rows.find
        self._first = first
        self._by = rows.order
        self._sorts = rows.sorts
        self._parts = rows.parts
        self._value = value
        self._inside = inside
        size = value(page.size, BigInteger())
        self._limit = size + int_literal(1) if one_more else size

    def select(
        self,
        row: Row,
        alternatives: Sequence[ColumnElement[bool]],
        columns: Mapping[str, ColumnElement[Any]],
        *,
        numbered: bool,
    ) -> Subquery:
        """Returns the `columns` of the rows, which refer to `row`; if `numbered`, with their place in the order."""
        labelled = [column.label(name) for name, column in columns.items()]
        if self._parts:
            found = self._found_in_parts()
        elif len(alternatives) > 1:
            found = union_all(*map(self._found, range(len(alternatives)))).subquery("found")
        elif self._first is not None:
            found = self._found_first(self._first)
        else:
            rows = select(*labelled, *self._ordinal(self.key(row), numbered=numbered)).select_from(row)
            rows = rows.where(*alternatives, *self.bounds(row)).correlate_except(row)
            return self._in_order(rows, self.key(row)).subquery("p")
        # With OFFSET, PostgreSQL builds the rows one by one.
        is_found = row.c.id == found.c.id, self._inside(row)
        by_id = select(*labelled).select_from(row).where(*is_found).offset(int_literal(0))
        built = by_id.correlate_except(row).lateral("built")
        key = found.c.key, found.c.id
        joined = select(*built.c, *self._ordinal(key, numbered=numbered)).select_from(found.join(built, true()))
        return self._in_order(joined.correlate_except(found, built), key).subquery("p")

    def _found(self, number: int) -> Select[Any]:
        """The ids of the page of one alternative, each with its key, in their order."""
        row, alternatives = self._find(every=self._sorts)
        ids = self._keys(row).where(alternatives[number], *self.bounds(row))
        if number == 0:
            return self._in_order(ids, self.key(row))
        return self._few(ids)

    def _found_in_parts(self) -> Subquery:
        """The same for the parts of an order, one after the other until the page is full."""
        ids: Subquery | None = None
        parts = reversed(self._parts) if self._is_descending else self._parts
        for number, part in enumerate(parts):
            row, (condition,) = self._find()
            of_part = select(row.c.id).where(condition, *self.bounds(row, part=part)).correlate_except(row)
            array = self._array(self._in_order(of_part, (row.c.id,)))
            if ids is not None:
                is_full = func.cardinality(ids.c.ids) >= self._limit
                array = case((is_full, ids.c.ids), else_=ids.c.ids.op("||")(array))
            # With OFFSET, the array is computed once.
            ids = select(array.label("ids")).offset(int_literal(0)).subquery(f"parts_{number}")
        assert ids is not None
        return self._with_keys(ids, func.unnest(ids.c.ids))

    def _few(self, keys: Select[Any]) -> Select[Any]:
        # With OFFSET, PostgreSQL finds and sorts them, and doesn't look for them in the order of all rows.
        few = keys.offset(int_literal(0)).subquery("few")
        return self._in_order(select(few.c.key, few.c.id).correlate_except(few), (few.c.key, few.c.id))

    def _found_first(self, first: FirstRows) -> Subquery:
        """The same for a page that is looked for among the first rows, and then by an index."""
        tested = self._first_rows(first)
        passing = select(tested.c.id).where(first.passes(tested)).correlate_except(tested)
        # The order of the subquery, so that nothing is sorted, and only as many rows are tested as the page needs.
        order = [tested.c[name] for name in self._first_order(first)]
        ids = self._array(passing.order_by(*map(self._directed, order)).limit(self._limit))
        near = select(ids.label("ids")).offset(int_literal(0)).subquery("near")
        other, (condition,) = self._find(by_index=True)
        keys = self._keys(other).where(condition, *self.bounds(other))
        found_by_index = self._few(keys) if first.by_index else self._in_order(keys, self.key(other))
        rest = self._array(select(found_by_index.subquery("rest").c.id))
        is_full = func.cardinality(near.c.ids) >= self._limit
        return self._with_keys(near, func.unnest(case((is_full, near.c.ids), else_=rest)))

    def _with_keys(self, source: Subquery, ids: FunctionElement[Any]) -> Subquery:
        """The `ids`, which refer to `source`, each with its key."""
        found = ids.table_valued(column("id", Uuid())).render_derived("page")
        by_id, _ = self._find()
        key, id_ = self.key(by_id)
        keys = select(key.label("key"), id_)
        is_found = and_(by_id.c.id == found.c.id, self._inside(by_id))
        keys = keys.select_from(source.join(found, true()).join(by_id, is_found))
        return keys.correlate_except(source, found, by_id).subquery("found")

    def _first_rows(self, first: FirstRows) -> Subquery:
        """The first rows of the list. Their key is a column, whose order PostgreSQL knows without a sort."""
        row, listed = first.listed()
        conditions = [listed, *self.bounds(row, first.organization)]
        if first.organization is not None:
            # As a range, so that only an index that begins with the organization has the order of the list. With an
            # equation, PostgreSQL passes the rows of others where most are of this one.
            column_, organization = row.c.organization_id, first.organization
            conditions += [column_ >= organization, column_ <= organization]
            conditions += [row.c.tenant_id == organization] if "tenant_id" in row.c else []
        columns = {**row.c, FIRST_KEY: self.key(row)[0]}
        order = [self._directed(columns[name]) for name in self._first_order(first)]
        rows = select(*row.c, columns[FIRST_KEY].label(FIRST_KEY)).where(*conditions).correlate_except(row)
        return rows.order_by(*order).limit(int_literal(FIRST_ROWS)).subquery(f"first_{row.name}")  # type: ignore[attr-defined]

    def _first_order(self, first: FirstRows) -> list[str]:
        """The columns that the first rows are ordered by."""
        return [FIRST_KEY, "id"] if first.organization is None else ["organization_id", FIRST_KEY, "id"]

    def _array(self, ids: Select[Any]) -> ColumnElement[Any]:
        return func.array(ids.scalar_subquery(), type_=ARRAY(Uuid()))

    def _keys(self, row: Row) -> Select[Any]:
        key, id_ = self.key(row)
        return select(key.label("key"), id_).select_from(row).correlate_except(row)

    def _in_order(self, rows: Select[Any], key: Sequence[ColumnElement[Any]]) -> Select[Any]:
        return rows.order_by(*self._order(key)).limit(self._limit)

    def key(self, row: Row) -> Key:
        """What a row is ordered by."""
        return self._by.key(row, self._inside), row.c.id

    def _order(self, key: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        return [self._directed(part) for part in key]

    def _directed(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        return part.desc() if self._is_descending else part.asc()

    @property
    def _is_descending(self) -> bool:
        return self._by.descending != self._page.backward

    def _ordinal(self, key: Key, *, numbered: bool) -> list[ColumnElement[Any]]:
        return [func.row_number().over(order_by=self._order(key)).label(ORDINAL)] if numbered else []

    def bounds(
        self, row: Row, organization: ColumnElement[Any] | None = None, part: Part | None = None
    ) -> list[ColumnElement[bool]]:
        """The conditions that the cursors of the page set, as `comparison` or `beyond`; and that the row is in the
        part."""
        bounds = [] if part is None else [part.condition(row, self._inside)]
        for operator, cursor in ((">", self._page.after), ("<", self._page.before)):
            if cursor is None:
                continue
            if part is None:
                bounds.append(self.comparison(row, operator, cursor, organization))
            else:
                bounds.append(self._comparison_in(part, row, operator, cursor))
        return bounds

    def beyond(
        self, row: Row, operator: str, cursor: tuple[ParameterSlot, ParameterSlot], part: Part | None
    ) -> list[ColumnElement[bool]]:
        """The same for one cursor; and that the row is in the part, if given."""
        if part is None:
            return [self.comparison(row, operator, cursor)]
        return [part.condition(row, self._inside), self._comparison_in(part, row, operator, cursor)]

    def _comparison_in(
        self, part: Part, row: Row, operator: str, cursor: tuple[ParameterSlot, ParameterSlot]
    ) -> ColumnElement[bool]:
        """`comparison` of a row of the part. What compares the key depends on values alone, so the plan has only what
        compares the id, or nothing."""
        if self._by.descending:
            operator = operator.translate(_REVERSED)
        key, id_ = self._value(cursor[0], self._by.type), self._value(cursor[1], Uuid())
        own = sql_literal(part.key)
        among_equal = and_(own == key, row.c.id.op(operator, is_comparison=True)(id_))
        return or_(own.op(operator[0], is_comparison=True)(key), among_equal)

    def comparison(
        self,
        row: Row,
        operator: str,
        cursor: tuple[ParameterSlot, ParameterSlot],
        organization: ColumnElement[Any] | None = None,
    ) -> ColumnElement[bool]:
        """Whether the row comes after (`>`), up to (`<=`), … a cursor in the order of the connection. With
        `organization`, in which all rows are, it is the first part of what is compared, as in an index."""
        if self._by.descending:
            operator = operator.translate(_REVERSED)
        key, id_ = cursor
        own, position = [*self.key(row)], [self._value(key, self._by.type), self._value(id_, Uuid())]
        if organization is not None:
            own, position = [row.c.organization_id, *own], [organization, *position]
        return tuple_(*own).op(operator, is_comparison=True)(tuple_(*position))


_REVERSED = str.maketrans("<>", "><")
