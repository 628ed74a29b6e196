r"""Filters and orders that several types share: values from a list, text search, and both directions of an order.

A text search matches if every word of the term occurs somewhere in the text, ignoring case and accents:

    a1.name_key LIKE ALL (
        ARRAY(SELECT '%' || <word, escaped> || '%' FROM regexp_split_to_table(fold(:v), '\s+') AS word))

The array depends on the term alone, so PostgreSQL computes it once per statement, not once per row.

In large organizations, an index on the grams of the text, its sequences of three characters, leads to the few rows
that contain all grams of the words. The SQL functions are those of the migration that creates the indexes:

    … AND (cardinality(grams_of_words(:v)) = 0 OR grams(a1.name_key) @> grams_of_words(:v))

These statements are planned for the values of each execution, so PostgreSQL evaluates what depends on values alone
while it plans, and the OR goes away.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, all_, and_, any_, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeEngine

from authz.access import Access
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Filter, Inside, Order, Part, Row

Value = Callable[[Row], ColumnElement[Any]]


def in_values(value: Value) -> Filter:
    """A filter that takes a list of words and keeps the rows whose `value` is in it. An empty list keeps no rows."""
    return _in_list(value, Text())


def in_ids(column: str) -> Filter:
    """A filter that takes a list of keys and keeps the rows whose `column` is in it. An empty list keeps no rows."""
    return _in_list(lambda row: row.c[column], Uuid())


def _in_list(value: Value, type_: TypeEngine[Any]) -> Filter:
    def condition(row: Row, values: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        return value(row) == any_(values)

    def of_one(row: Row, values: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        """As an equation if there is one value: then an index that begins with `value` has the order of the list."""
        is_one = func.cardinality(values) == int_literal(1)
        first: ColumnElement[Any] = Grouping(values)[int_literal(1)]
        return or_(and_(is_one, value(row) == first), and_(not_(is_one), value(row) == any_(values)))

    return Filter(condition, ARRAY(type_), for_rows=of_one)


def search(text: Value, *, indexed: bool = False) -> Filter:
    """A filter that takes a term and searches `text`, an expression that is already folded. If `indexed`, there is an
    index on its grams."""

    def condition(row: Row, term: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        return text(row).op("LIKE", is_comparison=True)(all_(_patterns(term)))

    def by_index(row: Row, term: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
        grams = func.grams_of_words(term, type_=ARRAY(Text()))
        has_none = func.cardinality(grams) == int_literal(0)
        contained = func.grams(text(row), type_=ARRAY(Text())).op("@>", is_comparison=True)(grams)
        return and_(condition(row, term, access), or_(has_none, contained))

    return Filter(condition, Text(), by_index=by_index if indexed else None)


def _patterns(term: ColumnElement[Any]) -> ColumnElement[Any]:
    words = func.regexp_split_to_table(func.fold(term), sql_literal(r"\s+")).column_valued("word")
    return func.array(select(like_pattern(words)).scalar_subquery(), type_=ARRAY(Text))


def like_pattern(word: ColumnElement[Any]) -> ColumnElement[Any]:
    """The pattern for LIKE that matches texts with this word in them."""
    # Characters that LIKE takes for wildcards are matched literally.
    escaped = func.regexp_replace(word, sql_literal(r"([\\%_])"), sql_literal(r"\\\1"), sql_literal("g"))
    return sql_literal("%").concat(escaped).concat(sql_literal("%"))


def asc_and_desc(
    name: str,
    key: Callable[[Row, Inside], ColumnElement[Any]],
    type_: TypeEngine[Any] | None = None,
    *,
    parts: tuple[Part, ...] = (),
) -> dict[str, Order]:
    """The orders `<name>_ASC` and `<name>_DESC` by `key`, which is text unless `type_` is given. If there are `parts`,
    no index has the order."""
    key_type = Text() if type_ is None else type_
    return {
        f"{name}_{direction}": Order(key, key_type, direction == "DESC", sorts=bool(parts), parts=parts)
        for direction in ("ASC", "DESC")
    }


BY_NAME = asc_and_desc("NAME", lambda row, _inside: row.c.name_key)
BY_CREATION = asc_and_desc("CREATED_AT", lambda row, _inside: row.c.created_at, DateTime(timezone=True))
