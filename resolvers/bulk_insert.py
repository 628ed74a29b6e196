"""Any number of rows in one INSERT: a list for each column, so that the statement's text and the number of its
parameters do not grow with the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from models import Base


def insert_many(
    model: type[Base], each: Mapping[str, Sequence[Any]], shared: Mapping[str, Any] | None = None
) -> Insert:
    """The INSERT of as many rows as the lists of `each` are long, in their order: `each` has a list for a column, all
    equally long, `shared` one value or SQL expression for a column of all rows. Other columns get what the table gives.
    """
    types = {name: model.__table__.c[name].type for name in (*each, *(shared or ()))}
    lists = [literal(list(values), ARRAY(types[name])) for name, values in each.items()]
    columns = [column(name, types[name]) for name in each]
    rows = func.unnest(*lists).table_valued(*columns, with_ordinality="place").render_derived("given")
    same = [
        value if isinstance(value, ColumnElement) else literal(value, types[name])
        for name, value in (shared or {}).items()
    ]
    given = select(*(rows.c[name] for name in each), *same).order_by(rows.c.place)
    return insert(model).from_select(list(types), given, include_defaults=False)
