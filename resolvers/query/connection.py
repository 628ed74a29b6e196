"""Plans a connection: one page of rows, by keyset pagination, as JSON text.

    (SELECT '{"nodes":[' || array_to_string(array_agg(p.nodes), ',') || '],"totalCount":' || (SELECT count(*) …) || '}'
       FROM (SELECT <text of a row> AS nodes FROM users AS a2
              WHERE <edge> AND <policy> AND <filters> AND (a2.name_key, a2.id) > (:slot_1, :slot_2)
              ORDER BY a2.name_key, a2.id LIMIT :slot_0 + 1) AS p)

The inner select fetches one row more than the page only if `hasNextPage` (or `hasPreviousPage`) is selected;
`totalCount` is a subquery of its own, present only if selected. A backward page (`last`) runs the same query in the
opposite direction, and is reversed during aggregation.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from resolvers.query import cursor, json_sql, shared_parts
from resolvers.query.json_sql import Json, int_literal
from resolvers.query.page_rows import (
    ORDINAL,
    FirstRows,
    PageRows,
    Rows,
    RowsInOrder,
    Value,
    everywhere,
)
from resolvers.query.registry import Inside, Order, Part, Row
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
from resolvers.query.shared_parts import SharedParts, SharedValues

FEW_ROWS: Final = 500
"""Up to so many rows that pass the filters of a list in a large organization are counted one by one."""

OneCondition = Callable[[], tuple[Row, ColumnElement[bool]]]
"""Returns an alias and the condition of its rows."""


@dataclass(frozen=True)
class FewRows:
    """How the rows of a list are counted if few pass its filters: `filtered` returns these, and `admitted` those that
    the policy admits, of which it is asked row by row. What it takes to find out for all rows at once is too much for
    few."""

    filtered: OneCondition
    admitted: OneCondition


@dataclass(frozen=True)
class ConnectionSource:
    """Where the rows of a connection come from: an alias with its condition (edge, policy and filters; new on each
    call), the JSON text of a row, the bind parameter of a slot, the order with its name, and new names for subqueries.
    With `first`, the first rows are tested before the others are looked for; with `parts`, a page is looked for in one
    after the other. With `few`, a count begins with the rows that pass the filters. A row that is
    found again by its id is still one for which `inside` holds."""

    rows: Rows
    text: Callable[[Selection, Row], Json]
    value: Value
    order_name: str
    order: Order
    alias_name: Callable[[], str]
    first: FirstRows | None = None
    parts: tuple[Part, ...] = ()
    few: FewRows | None = None
    inside: Inside = everywhere

    @property
    def sorts(self) -> bool:
        """Whether a page needs all rows, because no index has its order."""
        return self.order.sorts and not self.parts


def plan(page: Page, source: ConnectionSource) -> Json:
    """The JSON text of a connection."""
    return _Plan(page, source).connection()


class _Plan:
    def __init__(self, page: Page, source: ConnectionSource) -> None:
        self.page = page
        self.source = source
        self._alternatives = 1
        self.size = source.value(page.size, BigInteger())
        self._leaves = Counter(
            leaf.field for part in page.parts if isinstance(part, PageInfo) for leaf in _leaves(part)
        )
        self.fetches_one_more = ("hasPreviousPage" if page.backward else "hasNextPage") in self._leaves
        self.rows = PageRows(
            page,
            RowsInOrder(source.rows, source.order, source.sorts, source.parts),
            source.first,
            source.value,
            source.inside,
            one_more=self.fetches_one_more,
        )
        self.columns: dict[str, ColumnElement[Any]] = {}
        """The columns of the inner select; filled while the outer text is built."""
        self.numbered = False
        """Whether the inner select numbers the rows in its order."""
        self.shared = SharedValues(source.alias_name)
        """What is the same for each key under which it is selected, and uses no row of the page."""
        counts = [part for part in page.parts if isinstance(part, TotalCount)]
        self.counts = SharedParts(counts, lambda _: self._total_count(), self.shared)
        self._lists: dict[Nodes | Edges, Json] = {}
        self._beyond_ends: dict[bool, ColumnElement[bool]] = {}

    def connection(self) -> Json:
        row, alternatives = self.source.rows(every=self.source.sorts)
        self._alternatives = len(alternatives)
        text = json_sql.object_([(part.key, self._part(part, row)) for part in self.page.parts])
        if not self.columns:
            return self.shared.around(text)
        rows = self.rows.select(row, alternatives, self.columns, numbered=self.numbered)
        return self.shared.around([json_sql.Limited(select(json_sql.sql(text)).select_from(rows).scalar_subquery())])

    # The JSON built from them

    def _part(self, part: Edges | Nodes | PageInfo | TotalCount | StaticField, row: Row) -> Json:
        match part:
            case StaticField():
                return [part.json]
            case TotalCount():
                return self.counts.json(part)
            case Nodes() | Edges():
                bare = replace(part, key="")
                if bare not in self._lists:
                    self._lists[bare] = self._list(bare, row)
                return self._lists[bare]
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
        return cursor.encode(self.source.order_name, *self.rows.key(row))

    def _list(self, part: Nodes | Edges, row: Row) -> Json:
        if isinstance(part, Nodes):
            kind, text = "nodes", self.source.text(part.selection, row)
        else:
            plan = partial(self._edge_part, row=row)
            kind, text = "edges", shared_parts.object_(part.parts, plan, self.source.alias_name)
        rows = self._aggregate(f"{kind}_{len(self.columns)}", json_sql.sql(text), row)
        return json_sql.json_array(rows)

    def _aggregate(self, name: str, text: ColumnElement[str], row: Row) -> ColumnElement[Any]:
        """The texts of the page's rows as an array, in the order of the response, without the surplus row."""
        self.columns[name] = text
        column = literal_column(f"p.{name}", Text())
        if not self.page.backward:
            rows = func.array_agg(column, type_=ARRAY(Text))
            return func.trim_array(rows, self._surplus(), type_=ARRAY(Text)) if self.fetches_one_more else rows
        self.numbered = True
        ordinal = literal_column(f"p.{ORDINAL}", BigInteger())
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
        if next_ not in self._beyond_ends:
            condition = self._any_beyond(next_)
            is_shared = condition is not false() and self._leaves["hasNextPage" if next_ else "hasPreviousPage"] > 1
            self._beyond_ends[next_] = self.shared.put(condition) if is_shared else condition
        return self._beyond_ends[next_]

    def _any_beyond(self, next_: bool) -> ColumnElement[bool]:
        end = self.page.before if next_ else self.page.after
        if end is None:
            return false()
        places = product(range(self._alternatives), self.source.parts or (None,))
        return or_(*(self._exists(number, part, ">=" if next_ else "<=", end) for number, part in places))

    def _exists(
        self, number: int, part: Part | None, operator: str, end: tuple[ParameterSlot, ParameterSlot]
    ) -> ColumnElement[bool]:
        row, alternatives = self.source.rows(every=self.source.sorts)
        beyond = and_(alternatives[number], *self.rows.beyond(row, operator, end, part))
        return select(int_literal(1)).select_from(row).where(beyond).correlate_except(row).exists()

    def _total_count(self) -> Json:
        counts = [self._count(number) for number in range(self._alternatives)]
        return [cast(sum(counts[1:], counts[0]), Text)]

    def _count(self, number: int) -> ColumnElement[int]:
        row, alternatives = self.source.rows(every=True)
        of_all = _count_of(row, alternatives[number])
        if self.source.few is None:
            return of_all
        filtered, passes = self.source.few.filtered()
        most = select(int_literal(1)).select_from(filtered).where(passes).limit(int_literal(FEW_ROWS + 1))
        candidates = most.correlate_except(filtered).subquery("candidates")
        are_few = _count_of(candidates) <= int_literal(FEW_ROWS)
        return case((are_few, _count_of(*self.source.few.admitted())), else_=of_all)


def _count_of(rows: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(rows).where(*conditions).correlate_except(rows).scalar_subquery()


def _leaves(part: PageInfo) -> list[ScalarField]:
    return [leaf for leaf in part.parts if isinstance(leaf, ScalarField)]
