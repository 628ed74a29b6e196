"""Plans a connection: one page of rows, by keyset pagination, as JSON text.

    (SELECT '{"nodes":[' || array_to_string(array_agg(p.nodes), ',') || '],"totalCount":' || (SELECT count(*) …) || '}'
       FROM (SELECT <text of a row> AS nodes FROM users AS a2
              WHERE <edge> AND <policy> AND <filters> AND (a2.name_key, a2.id) > (:slot_1, :slot_2)
              ORDER BY a2.name_key, a2.id LIMIT :slot_0 + 1) AS p)

The inner select fetches one row more than the page only if `hasNextPage` (or `hasPreviousPage`) is selected;
`totalCount` is a subquery of its own, present only if selected. A backward page (`last`) runs the same query in the
opposite direction, and is reversed during aggregation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.selectable import Subquery
from sqlalchemy.types import TypeEngine

from resolvers.query import cursor, json_sql
from resolvers.query.json_sql import Json, int_literal
from resolvers.query.registry import Order, Row
from resolvers.query.selection import (
    Cursor,
    EdgeNode,
    Edges,
    Nodes,
    Page,
    PageInfo,
    ParameterSlot,
    ScalarField,
    Selection,
    StaticField,
    TotalCount,
)


@dataclass(frozen=True)
class ConnectionSource:
    """Where the rows of a connection come from: an alias with its condition (edge, policy and filters; new on each
    call), the JSON text of a row, the bind parameter of a slot, and the order with its name."""

    rows: Callable[[], tuple[Row, ColumnElement[bool]]]
    text: Callable[[Selection, Row], Json]
    value: Callable[[ParameterSlot, TypeEngine[Any]], ColumnElement[Any]]
    order_name: str
    order: Order


def plan(page: Page, source: ConnectionSource) -> Json:
    """The JSON text of a connection."""
    return _Plan(page, source).connection()


class _Plan:
    def __init__(self, page: Page, source: ConnectionSource) -> None:
        self.page = page
        self.source = source
        self.size = source.value(page.size, BigInteger())
        selected = {leaf.field for part in page.parts if isinstance(part, PageInfo) for leaf in _leaves(part)}
        self.fetches_one_more = ("hasPreviousPage" if page.backward else "hasNextPage") in selected
        self.columns: dict[str, ColumnElement[Any]] = {}
        """The columns of the inner select; filled while the outer text is built."""

    def connection(self) -> Json:
        row, condition = self.source.rows()
        text = json_sql.object_([(part.key, self._part(part, row)) for part in self.page.parts])
        if not self.columns:
            return text
        return [select(json_sql.sql(text)).select_from(self._rows(row, condition)).scalar_subquery()]

    # The rows of the page

    def _rows(self, row: Row, condition: ColumnElement[bool]) -> Subquery:
        columns = [column.label(name) for name, column in self.columns.items()]
        rows = select(*columns).select_from(row).where(condition, *self._bounds(row)).correlate_except(row)
        return (
            rows.order_by(*self._order(row))
            .limit(self.size + int_literal(1) if self.fetches_one_more else self.size)
            .subquery("p")
        )

    def _key(self, row: Row) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        return self.source.order.key(row), row.c.id

    def _order(self, row: Row) -> list[ColumnElement[Any]]:
        downward = self.source.order.descending != self.page.backward
        return [part.desc() if downward else part.asc() for part in self._key(row)]

    def _bounds(self, row: Row) -> list[ColumnElement[bool]]:
        bounds = []
        if self.page.after is not None:
            bounds.append(self._comparison(row, ">", self.page.after))
        if self.page.before is not None:
            bounds.append(self._comparison(row, "<", self.page.before))
        return bounds

    def _comparison(self, row: Row, operator: str, cursor_: tuple[ParameterSlot, ParameterSlot]) -> ColumnElement[bool]:
        """Whether the row comes after (`>`), up to (`<=`), … a cursor in the order of the connection."""
        if self.source.order.descending:
            operator = operator.translate(_REVERSED)
        key, id_ = cursor_
        position = tuple_(self.source.value(key, self.source.order.type), self.source.value(id_, Uuid()))
        return tuple_(*self._key(row)).op(operator, is_comparison=True)(position)

    # The JSON built from them

    def _part(self, part: Edges | Nodes | PageInfo | TotalCount | StaticField, row: Row) -> Json:
        match part:
            case StaticField():
                return [part.json]
            case TotalCount():
                return self._total_count()
            case Nodes():
                return self._list("nodes", self.source.text(part.selection, row), row)
            case Edges():
                members = [(inner.key, self._edge_part(inner, row)) for inner in part.parts]
                return self._list("edges", json_sql.object_(members), row)
            case PageInfo():
                return json_sql.object_([(leaf.key, self._page_info(leaf, row)) for leaf in part.parts])

    def _edge_part(self, part: Cursor | EdgeNode | StaticField, row: Row) -> Json:
        match part:
            case StaticField():
                return [part.json]
            case Cursor():
                return ['"', self._cursor(row), '"']
            case EdgeNode():
                return self.source.text(part.selection, row)

    def _cursor(self, row: Row) -> ColumnElement[str]:
        return cursor.encode(self.source.order_name, *self._key(row))

    def _list(self, kind: str, text: Json, row: Row) -> Json:
        rows = self._aggregate(f"{kind}_{len(self.columns)}", json_sql.sql(text), row)
        return json_sql.json_array(rows)

    def _aggregate(self, name: str, text: ColumnElement[str], row: Row) -> ColumnElement[Any]:
        """The texts of the page's rows as an array, in the order of the response, without the surplus row."""
        self.columns[name] = text
        column = literal_column(f"p.{name}", Text())
        if not self.page.backward:
            rows = func.array_agg(column, type_=ARRAY(Text))
            return func.trim_array(rows, self._surplus(), type_=ARRAY(Text)) if self.fetches_one_more else rows
        self.columns["ordinal"] = func.row_number().over(order_by=self._order(row))
        ordinal = literal_column("p.ordinal", BigInteger())
        return func.array_agg(aggregate_order_by(column, ordinal.desc()), type_=ARRAY(Text)).filter(
            ordinal <= self.size
        )

    def _surplus(self) -> ColumnElement[int]:
        return cast(func.greatest(func.count() - self.size, int_literal(0)), Integer)

    def _page_info(self, part: ScalarField | StaticField, row: Row) -> Json:
        if isinstance(part, StaticField):
            return [part.json]
        if part.field in ("hasNextPage", "hasPreviousPage"):
            return [cast(self._more(part.field == "hasNextPage"), Text)]
        cursors = self._aggregate("cursor", self._cursor(row), row)
        index = int_literal(1) if part.field == "startCursor" else cast(func.least(func.count(), self.size), Integer)
        return json_sql.or_null(['"', cursors[index], '"'])

    def _more(self, next_: bool) -> ColumnElement[bool]:
        """Whether rows follow (or precede) the page."""
        if next_ is self.page.backward:
            # Against the direction of paging: the rows on the other side of the cursor at which the page began.
            return self._beyond(next_)
        self.columns.setdefault("peek", int_literal(1))
        more = func.count() > self.size
        other_end = self.page.before if next_ else self.page.after
        return more if other_end is None else or_(more, self._beyond(next_))

    def _beyond(self, next_: bool) -> ColumnElement[bool]:
        end = self.page.before if next_ else self.page.after
        if end is None:
            return false()
        row, condition = self.source.rows()
        beyond = and_(condition, self._comparison(row, ">=" if next_ else "<=", end))
        return select(int_literal(1)).select_from(row).where(beyond).correlate_except(row).exists()

    def _total_count(self) -> Json:
        row, condition = self.source.rows()
        count = select(cast(func.count(), Text)).select_from(row).where(condition)
        return [count.correlate_except(row).scalar_subquery()]


_REVERSED = str.maketrans("<>", "><")


def _leaves(part: PageInfo) -> list[ScalarField]:
    return [leaf for leaf in part.parts if isinstance(leaf, ScalarField)]
