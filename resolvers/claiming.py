"""How one of several processes claims work that is due: in two steps, because rows are locked within one organization.

A SELECT without locks says what has waited longest, in whatever organization. The first of it that no other process has
locked is then locked by a statement that names its organization (FOR UPDATE SKIP LOCKED).
"""

from typing import Any, Final

from sqlalchemy import Select, select

MOST_CLAIMED: Final = 100
"""How much of the work that has waited longest other processes may have claimed before this one finds none."""


def locked_batch(batch: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Returns a SELECT of the rows of `batch`, which has a LIMIT, for a change of these rows. Those that other
    transactions have locked are left out.

    The rows are found once. PostgreSQL may read a subquery again, and then lock other rows each time: more than LIMIT.
    """
    return select(batch.with_for_update(skip_locked=True).cte("batch").prefix_with("MATERIALIZED"))
