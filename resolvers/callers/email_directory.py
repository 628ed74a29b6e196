"""The directory of emails: every look-up of a user by email, in whatever tenant, asks it first."""

from sqlalchemy import ColumnElement, FromClause, select, tuple_

from models import UserEmail


def has_email(user: FromClause, email: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether a row of `user` is that of the user with this email, which is in lower case."""
    entry = UserEmail.__table__
    found = select(entry.c.tenant_id, entry.c.user_id).where(entry.c.email == email)
    return tuple_(user.c.tenant_id, user.c.id).in_(found)
