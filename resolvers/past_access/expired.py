"""Grants in the lists of earlier times, and whether they had expired.

A grant that expires is no change, so lists in events still contain it: it counts until it ends. If it is granted again
afterwards without an end, the list is recorded again, and its former end counts no more.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, and_, case, cast, false, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import TableValuedAlias

from resolvers.query.json_sql import sql_literal

TIME: Final = DateTime(timezone=True)
KEY: Final = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"


def decoded(public_id: ColumnElement[str], prefix: str) -> ColumnElement[Any]:
    """The key in a public id; NULL if it isn't one with this prefix."""
    return cast(func.substring(public_id, sql_literal(f"^{prefix}_{KEY}$")), Uuid())


def texts(value: ColumnElement[Any]) -> TableValuedAlias:
    """The texts in a JSON list, in the column `key`; none if there is no list."""
    return func.jsonb_array_elements_text(_array(value)).table_valued("key").render_derived()


def ends(value: ColumnElement[Any]) -> TableValuedAlias:
    """The ends in a JSON list, in the column `entry`."""
    return func.jsonb_array_elements(_array(value)).table_valued("entry").render_derived()


def _array(value: ColumnElement[Any]) -> ColumnElement[Any]:
    is_array = func.jsonb_typeof(value) == sql_literal("array")
    return case((is_array, value), else_=cast(sql_literal("[]"), JSONB))


def is_over(
    end: TableValuedAlias, key: ColumnElement[str], noun: str, at: ColumnElement[Any], since: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether `end` is that of the key, is over at the time `at`, and has not become void when the list was recorded
    again at the time `since`. The key is that of a `noun`."""
    moment = moment_of(end)
    is_void = func.coalesce(moment <= since, false())
    return and_(key_of(end, noun) == key, moment <= at, ~is_void)


def moment_of(end: TableValuedAlias) -> ColumnElement[Any]:
    """The time of an end."""
    return cast(_text(end, "endsAt"), TIME)


def key_of(end: TableValuedAlias, noun: str) -> ColumnElement[str]:
    """What ends: a permission, or the public id of an account."""
    return _text(end, noun)


def _text(end: TableValuedAlias, name: str) -> ColumnElement[str]:
    entry = cast(end.c.entry, JSONB)
    text: ColumnElement[str] = entry.op("->>", return_type=Text())(sql_literal(name))
    return text
