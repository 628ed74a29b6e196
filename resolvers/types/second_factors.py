"""The second factors of the user who sent the request, and whether other users have one."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, true

from authz.access import Access
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID, ActorKind
from authz.model.actions import UserAction
from models import Organization, RecoveryCode, TotpFactor, User
from resolvers.query.open_session import is_in_tenant
from resolvers.query.registry import Row


def own_factors(_viewer: Row, access: Access) -> Select[Any]:
    """The second factors of the user who sent the request, in one row; none for an API client, and none for an admin
    who views as the user."""
    app, code = TotpFactor.__table__.alias(), RecoveryCode.__table__.alias()
    organization = Organization.__table__.alias()
    codes = select(func.count()).where(is_in_tenant(code), code.c.user_id == ACTOR_ID).correlate_except(code)
    required = select(organization.c.requires_second_factor).where(organization.c.id == ACTOR_ORGANIZATION_ID)
    has_none = access.traits.kind is ActorKind.CLIENT or access.viewed_by is not None
    one = select(true().label("present")).subquery("one")
    columns = (
        app.c.created_at.label("added_at"),
        app.c.last_used_at,
        codes.scalar_subquery().label("recovery_codes_left"),
        func.coalesce(required.correlate_except(organization).scalar_subquery(), false()).label("is_required"),
    )
    own = and_(is_in_tenant(app), app.c.user_id == ACTOR_ID)
    rows = select(*columns).select_from(one.outerjoin(app, own))
    return rows.where(false() if has_none else true()).correlate_except(one, app)


def has_app(factors: Row, _access: Access) -> ColumnElement[bool]:
    """Whether the row of `own_factors` has an authenticator app."""
    return factors.c.added_at.is_not(None)


def has_second_factor(user: Row, access: Access) -> ColumnElement[Any]:
    """Whether a user has a second factor; NULL for whoever may not update the user, and isn't the user."""
    app = TotpFactor.__table__.alias()
    of_user = access.same_organization(app, user), app.c.user_id == user.c.id
    is_self = user.c.id == ACTOR_ID if access.traits.kind is not ActorKind.CLIENT else false()
    return case(
        (
            or_(is_self, access.may_any_visible([UserAction.UPDATE], User, user)),
            exists().where(*of_user).correlate(user),
        )
    )
