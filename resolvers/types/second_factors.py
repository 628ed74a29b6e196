"""The second factors of the user who sent the request, and whether other users have one."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, false, func, or_, select, true

from authz.access import Access
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID, ActorKind
from authz.model.actions import UserAction
from models import Organization, Passkey, RecoveryCode, TotpFactor, User
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.open_session import is_in_tenant
from resolvers.query.registry import Row

MAX_LISTED: Final = 100
"""The most passkeys that are listed. A user has far fewer."""


def own_factors(_viewer: Row, access: Access) -> Select[Any]:
    """The second factors of the user who sent the request, in one row; none for an API client, and none for an admin
    who views as the user."""
    app, code = TotpFactor.__table__.alias(), RecoveryCode.__table__.alias()
    organization = Organization.__table__.alias()
    codes = select(func.count()).where(is_in_tenant(code), code.c.user_id == ACTOR_ID).correlate_except(code)
    of_organization = select(organization.c.requires_second_factor).where(organization.c.id == ACTOR_ORGANIZATION_ID)
    required = func.coalesce(of_organization.correlate_except(organization).scalar_subquery(), false())
    has_none = access.traits.kind is ActorKind.CLIENT or access.viewed_by is not None
    one = select(true().label("present")).subquery("one")
    columns = (
        app.c.created_at.label("added_at"),
        app.c.last_used_at,
        codes.scalar_subquery().label("recovery_codes_left"),
        (true() if access.must_have_second_factor else required).label("is_required"),
    )
    own = and_(is_in_tenant(app), app.c.user_id == ACTOR_ID)
    rows = select(*columns).select_from(one.outerjoin(app, own))
    return rows.where(false() if has_none else true()).correlate_except(one, app)


def own_passkeys(_viewer: Row, access: Access) -> Select[Any]:
    """The passkeys of the user who sent the request, the first added first; none for whoever has no `own_factors`."""
    passkey = Passkey.__table__.alias()
    has_none = access.traits.kind is ActorKind.CLIENT or access.viewed_by is not None
    columns = (
        sql_literal(f"{Passkey.id_prefix}_").concat(cast(passkey.c.id, Text)).label("id"),
        passkey.c.name,
        passkey.c.created_at.label("added_at"),
        passkey.c.last_used_at,
    )
    mine = (false(),) if has_none else (is_in_tenant(passkey), passkey.c.user_id == ACTOR_ID)
    first = passkey.c.created_at, passkey.c.id
    return select(*columns).where(*mine).order_by(*first).limit(int_literal(MAX_LISTED)).correlate_except(passkey)


def has_app(factors: Row, _access: Access) -> ColumnElement[bool]:
    """Whether the row of `own_factors` has an authenticator app."""
    return factors.c.added_at.is_not(None)


def has_second_factor(user: Row, access: Access) -> ColumnElement[Any]:
    """Whether a user has a second factor; NULL for whoever may not update the user, and isn't the user."""
    factors = TotpFactor.__table__.alias(), Passkey.__table__.alias()
    has_one = (
        exists().where(access.same_organization(each, user), each.c.user_id == user.c.id).correlate(user)
        for each in factors
    )
    is_self = user.c.id == ACTOR_ID if access.traits.kind is not ActorKind.CLIENT else false()
    may_see = or_(is_self, access.may_any_visible([UserAction.UPDATE], User, user))
    return case((may_see, or_(*has_one)))
