"""Conditions of edges that run through a third table, in the forms that PostgreSQL executes fastest.

Grants are a list that depends on one end only: as `key = ANY (ARRAY(SELECT …))` it is read once per parent, and the
target's primary key finds the rows. "All accounts, or those granted" are two alternatives, which are planned apart
in large organizations: with OR, PostgreSQL has one plan for both, and reads 20,000 accounts to find three.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, any_, case, func, not_, or_
from sqlalchemy.dialects.postgresql import ARRAY

from resolvers.query.json_sql import int_literal
from resolvers.query.registry import Alternatives


def all_or_granted(
    has_all: ColumnElement[bool],
    organizations: tuple[ColumnElement[Any], ColumnElement[Any]],
    key: ColumnElement[Any],
    grants: Select[Any],
    grant: FromClause,
) -> Alternatives:
    """With the flag `has_all`, which is never null, the rows of the organization: the first of `organizations` is the
    target's, the second that of the owner of the flag. Without it, those whose `key` is in the one column that `grants`
    selects from `grant`."""
    target, owner = organizations
    is_granted = key == any_(func.array(grants.correlate_except(grant).scalar_subquery(), type_=ARRAY(key.type)))
    # As one comparison instead of flag AND organization, the index finds no rows at once if the flag is not set.
    combined = or_(target == case((has_all, owner)), is_granted)
    return Alternatives(combined, (and_(has_all, target == owner), and_(not_(has_all), is_granted)))


def exists_per_row(query: Select[Any]) -> ColumnElement[bool]:
    """EXISTS in the position of a column: evaluated for each row of the page.

    Without OFFSET, PostgreSQL may first build a hash of the subquery's result for all rows of the table.
    """
    return query.offset(int_literal(0)).exists()


def semi_join(key: ColumnElement[Any], links: Select[Any], link: FromClause) -> ColumnElement[bool]:
    """Whether `key` is in the one column that `links` selects from `link`. There may be many links to one key, so they
    are not collected into an array."""
    return key.in_(links.correlate_except(link))
