"""Edges that run through a third table, in the forms that PostgreSQL answers fastest.

What is granted is a list that depends on one end only: as `key = ANY (ARRAY(SELECT …))` it is read once per parent, and
the target's primary key finds the rows, also where the condition is or-ed with another.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, any_, func, literal_column, or_
from sqlalchemy.dialects.postgresql import ARRAY


def in_granted_keys(
    key: ColumnElement[Any], grants: Select[Any], of: FromClause, otherwise: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether `key` is among the one column that `grants` selects from `of`, or `otherwise` holds."""
    keys = grants.correlate_except(of).scalar_subquery()
    return or_(otherwise, key == any_(func.array(keys, type_=ARRAY(key.type))))


def exists_per_row(found: Select[Any]) -> ColumnElement[bool]:
    """EXISTS for the place of a column: looked up for each row of the page.

    Without OFFSET, PostgreSQL may hash beforehand what the subquery finds for all rows of the table.
    """
    return found.offset(literal_column("0")).exists()


def semi_join(key: ColumnElement[Any], ties: Select[Any], of: FromClause) -> ColumnElement[bool]:
    """Whether `key` is among the one column that `ties` selects from `of`. There may be many ties to one key, so they
    are not gathered into a list."""
    return key.in_(ties.correlate_except(of))
