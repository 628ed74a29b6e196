"""Conditions of edges that run through a third table, in the forms that PostgreSQL executes fastest.

Grants are a list that depends on one end only: as `key = ANY (ARRAY(SELECT …))` it is read once per parent, and the
target's primary key finds the rows, even if the condition is combined with another by OR.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, any_, func, or_
from sqlalchemy.dialects.postgresql import ARRAY

from resolvers.query.json_sql import int_literal


def in_granted_keys(
    key: ColumnElement[Any], grants: Select[Any], grant: FromClause, otherwise: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether `key` is in the one column that `grants` selects from `grant`, or `otherwise` holds."""
    keys = grants.correlate_except(grant).scalar_subquery()
    return or_(otherwise, key == any_(func.array(keys, type_=ARRAY(key.type))))


def exists_per_row(query: Select[Any]) -> ColumnElement[bool]:
    """EXISTS in the position of a column: evaluated for each row of the page.

    Without OFFSET, PostgreSQL may first build a hash of the subquery's result for all rows of the table.
    """
    return query.offset(int_literal(0)).exists()


def semi_join(key: ColumnElement[Any], links: Select[Any], link: FromClause) -> ColumnElement[bool]:
    """Whether `key` is in the one column that `links` selects from `link`. There may be many links to one key, so they
    are not collected into an array."""
    return key.in_(links.correlate_except(link))
