"""Generates the access requests of one organization of the large data set."""

from collections.abc import Iterator
from datetime import timedelta

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_users import ROLES, DraftUser
from models import AccessRequestState, Permission

USERS_PER_REQUEST = 20
REASONS = ("I stand in for a colleague.", "For the migration of our sites.", "My team has taken this over.")
VALID = timedelta(days=30)


def request_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """Pending requests for permissions: of the users with a role, and of every so many others."""
    active = [user for user in users if user.state == "active"]
    for user in (*active[: len(ROLES)], *active[len(ROLES) :: USERS_PER_REQUEST]):
        row_id, at = draft.next_key()
        permission = draft.random.choice((Permission.ORDERS_VIEW, Permission.SUPPORT_VIEW))
        reason, state = draft.random.choice(REASONS), AccessRequestState.PENDING
        yield row_id, at, draft.id, user.id, "PERMISSION", permission, reason, state, at + VALID, at
