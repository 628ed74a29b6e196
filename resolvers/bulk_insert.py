"""Inserts any number of rows in one statement.

Each column is one array parameter, so that the statement's text and the number of its parameters don't grow with the
number of rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from models import Base


def insert_many(
    model: type[Base], columns: Mapping[str, Sequence[Any]], constants: Mapping[str, Any] | None = None
) -> Insert:
    """Returns an INSERT of one row for each position in the lists of `columns`, in their order.

    `columns` maps column names to lists of equal length; `constants` maps column names to one value or SQL expression
    for all rows. Other columns get their defaults.
    """
    types = model.__table__.c
    return _insert(
        model,
        {name: literal(list(values), ARRAY(types[name].type)) for name, values in columns.items()},
        {
            name: value if isinstance(value, ColumnElement) else literal(value, types[name].type)
            for name, value in (constants or {}).items()
        },
        {},
    )


def insert_rows(
    model: type[Base],
    columns: Sequence[str],
    constants: Sequence[str] = (),
    expressions: Mapping[str, ColumnElement[Any]] | None = None,
    *,
    prefix: str = "",
    among: Mapping[str, Select[Any]] | None = None,
) -> Insert:
    """Returns the same INSERT for any values: those of a column, or of a constant, are the parameter of its name after
    `prefix`. `expressions` maps column names to SQL expressions. Only rows whose value of each column in `among` is
    one of those that its SELECT returns are inserted."""
    types = model.__table__.c
    return _insert(
        model,
        {name: bindparam(prefix + name, type_=ARRAY(types[name].type)) for name in columns},
        {name: bindparam(prefix + name, type_=types[name].type) for name in constants} | dict(expressions or {}),
        among or {},
    )


def _insert(
    model: type[Base],
    lists: Mapping[str, ColumnElement[Any]],
    constants: Mapping[str, ColumnElement[Any]],
    among: Mapping[str, Select[Any]],
) -> Insert:
    typed = [column(name, model.__table__.c[name].type) for name in lists]
    rows = func.unnest(*lists.values()).table_valued(*typed, with_ordinality="place").render_derived("input")
    chosen = (rows.c[name].in_(values) for name, values in among.items())
    query = select(*(rows.c[name] for name in lists), *constants.values()).where(*chosen).order_by(rows.c.place)
    return insert(model).from_select([*lists, *constants], query, include_defaults=False)
