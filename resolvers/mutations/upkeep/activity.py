"""When a user was last active, for whoever removes dormant users."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from models import ApiClient
from resolvers.types.user import has_not_signed_in_for


def active_since(user: FromClause, organization_id: UUID) -> ColumnElement[datetime]:
    """When an active user of the organization last activated, signed in, or let a program get an access token for them.

    A program acts for its owner, so whoever uses one is not dormant, even if they never sign in.
    """
    client = ApiClient.__table__.alias()
    own = client.c.organization_id == organization_id, client.c.owner_id == user.c.id
    last_used = select(func.max(client.c.last_used_at)).where(*own).correlate(user)
    return func.greatest(user.c.activated_at, user.c.last_sign_in_at, last_used.scalar_subquery())


def has_not_been_active_for(
    user: FromClause, organization_id: UUID, days: ColumnElement[int] | int
) -> ColumnElement[bool]:
    """Whether a row of `user` is an active user of the organization who was last active `days` days ago or earlier."""
    # The first condition has an index, and what is true of the last activity is true of the last sign-in.
    until = func.now() - func.make_interval(0, 0, 0, days)
    return and_(has_not_signed_in_for(user, days), active_since(user, organization_id) <= until)
