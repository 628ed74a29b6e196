"""Whether an email is still free: the SQL of `emailAvailability`, who may query it, and its rate limit.

Only actors who may create users get an answer, and it discloses no more than they may know. The row of the field has
one column, `email`: the address to look up.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, select

from authz.access import Access
from authz.model.actions import OrganizationAction, UserAction
from models import Organization, User, UserEmail
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Row
from resolvers.rate_limits.limiter import RateLimiter


class EmailState(StrEnum):
    """Whether a new user can have an email."""

    AVAILABLE = "AVAILABLE"
    TAKEN = "TAKEN"
    UNAVAILABLE = "UNAVAILABLE"


def permitted(access: Access) -> bool:
    """Whether the actor may query the field at all: only if they may create users somewhere."""
    organization = Organization.__table__.alias()
    return access.may(OrganizationAction.CREATE_USER, Organization, organization) is not false()


async def rate_limit(limits: RateLimiter, user_id: UUID, paths: Sequence[tuple[str, ...]]) -> None:
    """Count the uses of the field, one at each of `paths` in the response. Raises `MutationRejected` (RATE_LIMITED) at
    the first that is one too many."""
    await limits.check_email_availability(user_id, paths)


def state(lookup: Row, access: Access) -> ColumnElement[str]:
    """The `EmailState` of the email: TAKEN if the user who has it is visible to the actor."""
    visible, entry = User.__table__.alias(), UserEmail.__table__.alias()
    seen = select(sql_literal("1")).where(visible.c.email == lookup.c.email, access.may(UserAction.VIEW, User, visible))
    # Of anybody, in whatever organization: nothing else is told.
    taken = select(sql_literal("1")).where(entry.c.email == lookup.c.email)
    return case(
        (seen.correlate_except(visible).exists(), sql_literal(EmailState.TAKEN)),
        (taken.correlate_except(entry).exists(), sql_literal(EmailState.UNAVAILABLE)),
        else_=sql_literal(EmailState.AVAILABLE),
    )


def owner(lookup: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who has the email."""
    return user.c.email == lookup.c.email


def similar_users(lookup: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """Users who have another email that looks the same (UTS #39)."""
    return and_(user.c.email_skeleton == func.skeleton(lookup.c.email), user.c.email != lookup.c.email)
