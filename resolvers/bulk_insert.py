"""Inserts any number of rows in one statement.

Each column is one array parameter, so that the statement's text and the number of its parameters don't grow with the
number of rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from models import Base


def insert_many(
    model: type[Base], columns: Mapping[str, Sequence[Any]], constants: Mapping[str, Any] | None = None
) -> Insert:
    """Returns an INSERT of one row for each position in the lists of `columns`, in their order.

    `columns` maps column names to lists of equal length; `constants` maps column names to one value or SQL expression
    for all rows. Other columns get their defaults.
    """
    types = {name: model.__table__.c[name].type for name in (*columns, *(constants or ()))}
    lists = [literal(list(values), ARRAY(types[name])) for name, values in columns.items()]
    typed = [column(name, types[name]) for name in columns]
    rows = func.unnest(*lists).table_valued(*typed, with_ordinality="place").render_derived("input")
    constant_values = [
        value if isinstance(value, ColumnElement) else literal(value, types[name])
        for name, value in (constants or {}).items()
    ]
    query = select(*(rows.c[name] for name in columns), *constant_values).order_by(rows.c.place)
    return insert(model).from_select(list(types), query, include_defaults=False)
