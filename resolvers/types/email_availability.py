"""Whether an email is still free, as SQL: told to those who may create users, and no more than they may know.

A question's row has one column, `email`: the address that is asked about.
"""

from sqlalchemy import ColumnElement, case, false, select

from authz.access import Access
from authz.model.resources import OrganizationAction, UserAction
from models import Organization, User
from resolvers.query.json_sql import sql_literal
from resolvers.query.rate_limited_fields import EmailState
from resolvers.query.registry import Row


def answers(access: Access) -> bool:
    """Whether the question is answered at all: to those who may create users somewhere."""
    organization = Organization.__table__.alias()
    return access.may(OrganizationAction.CREATE_USER, Organization, organization) is not false()


def state(question: Row, access: Access) -> ColumnElement[str]:
    """The `EmailState` of the email: TAKEN where the actor sees the user who has it."""
    visible, anyone = User.__table__.alias(), User.__table__.alias()
    seen = select(sql_literal("1")).where(
        visible.c.email == question.c.email, access.may(UserAction.VIEW, User, visible)
    )
    taken = select(sql_literal("1")).where(anyone.c.email == question.c.email)
    return case(
        (seen.correlate_except(visible).exists(), sql_literal(EmailState.TAKEN)),
        (taken.correlate_except(anyone).exists(), sql_literal(EmailState.UNAVAILABLE)),
        else_=sql_literal(EmailState.AVAILABLE),
    )


def owner(question: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who has the email."""
    return user.c.email == question.c.email
