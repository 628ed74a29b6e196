"""Says of which parts of a statement Citus asks PostgreSQL for a plan of their own, and which of them may crash it."""

from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp


def may_crash(sql: str) -> Iterator[str]:
    """The parts of a statement on copies of whole tables on which some versions of Citus, such as 13.2.2, may crash.

    Citus plans each CTE alone, and each subquery of the statement itself. Their tables are then results that it has
    collected. It crashes if PostgreSQL can leave out the WHERE of such a part, and one of two ways to evaluate an
    EXISTS in it (decision 107). A subquery in a CTE isn't planned alone.
    """
    statement = sqlglot.parse_one(sql, dialect="postgres")
    ctes = statement.args["with_"].expressions if "with_" in statement.args else statement.args["with"].expressions
    for cte in ctes:
        yield from (
            select.sql() for select in _selects_of(cte.this) if select.args.get("where") and _has_exists(select)
        )
    for select in statement.find_all(exp.Select):
        if select is not statement and select.find_ancestor(exp.CTE) is None:
            yield select.sql()


def _selects_of(query: Any) -> Iterator[exp.Select]:
    """The SELECT of a query, or all those of a UNION."""
    if isinstance(query, exp.SetOperation):
        yield from _selects_of(query.left)
        yield from _selects_of(query.right)
    elif isinstance(query, exp.Select):
        yield query


def _has_exists(select: exp.Select) -> bool:
    return select.find(exp.Exists) is not None
