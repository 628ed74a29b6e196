"""What filters and orders of several nouns have in common: choices from a list, and the two directions."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Text, Uuid, any_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from authz.access import Access
from resolvers.query.registry import Filter, Order, Row

Value = Callable[[Row], ColumnElement[Any]]


def in_values(value: Value) -> Filter:
    """A filter that takes a list of words and keeps the rows whose `value` is among them. An empty list keeps none."""
    return _among(value, Text())


def in_ids(column: str) -> Filter:
    """A filter that takes a list of keys and keeps the rows whose `column` is among them. An empty list keeps none."""
    return _among(lambda row: row.c[column], Uuid())


def _among(value: Value, type_: TypeEngine[Any]) -> Filter:
    def condition(row: Row, values: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        return value(row) == any_(values)

    return Filter(condition, ARRAY(type_))


def asc_and_desc(name: str, key: Value, type_: TypeEngine[Any] | None = None) -> dict[str, Order]:
    """The orders `<name>_ASC` and `<name>_DESC` by `key`, which is text unless `type_` says otherwise."""
    of = Text() if type_ is None else type_
    return {f"{name}_ASC": Order(key, of), f"{name}_DESC": Order(key, of, descending=True)}


BY_NAME = asc_and_desc("NAME", lambda row: row.c.name_key)
BY_CREATION = asc_and_desc("CREATED_AT", lambda row: row.c.created_at, DateTime(timezone=True))
