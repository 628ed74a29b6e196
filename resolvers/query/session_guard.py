"""The session guard: a CTE that every read selects its answer from.

All its rows are those of one tenant, which it names for each: so they are found in one place, and the guard doesn't
depend on the tokens being unique across tenants.

It has one row only if the caller's session is still open (or the API client and its access token are not revoked), the
user's row is still the version that the traits were read from, and none of the user's permissions has expired since.

A SCIM token must be neither revoked nor expired, and its maker must still be allowed to change the settings of the
organization: only then is anything provisioned in their name.

If the caller views as another user, that must hold for both of them, the view must not have ended, and the caller must
still be allowed to update the user: the condition of the policy is a part of the guard.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    select,
    true,
)

from authz.access import Access
from authz.actor import (
    ACTOR_CLIENT_ID,
    ACTOR_ID,
    ACTOR_ORGANIZATION_ID,
    VIEWING_ID,
    VIEWING_ORGANIZATION_ID,
    Actor,
    ActorKind,
)
from authz.model.actions import OrganizationAction, UserAction
from models import ApiClient, Organization, RevokedAccessToken, ScimToken, Session, User, ViewAs, is_active
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken, Credential
from resolvers.query.json_sql import int_literal
from resolvers.query.open_session import is_in_tenant, is_of_request, is_open, is_viewed

GUARD_PARAMETERS: Final = frozenset(
    {
        "actor_id",
        "actor_organization_id",
        "actor_client_id",
        "actor_tenant_id",
        "actor_version",
        "actor_until",
        "token_hash",
        "session_idle",
        "token_id",
        "token_expires_at",
        "viewing_id",
        "viewing_organization_id",
        "viewing_version",
        "viewing_until",
    }
)


def guard_parameters(actor: Actor, credential: Credential, idle_timeout: timedelta) -> dict[str, Any]:
    """The values of the parameters that identify the caller."""
    parameters = sessionless_parameters(actor, idle_timeout)
    parameters |= {"actor_version": actor.version, "actor_until": actor.until}
    if isinstance(credential, AccessToken):
        return {**parameters, "token_id": credential.id, "token_expires_at": credential.expires_at}
    return {**parameters, "token_hash": credential.hash}


def caller_parameters(caller: Caller, idle_timeout: timedelta) -> dict[str, Any]:
    """The same for a caller who is signed in, and views as another user perhaps."""
    assert caller.actor is not None
    assert caller.credential is not None
    if caller.viewed is None:
        return guard_parameters(caller.actor, caller.credential, idle_timeout)
    return {
        **guard_parameters(caller.viewed, caller.credential, idle_timeout),
        VIEWING_ID.key: caller.actor.id,
        VIEWING_ORGANIZATION_ID.key: caller.actor.organization_id,
        "viewing_version": caller.actor.version,
        "viewing_until": caller.actor.until,
    }


def sessionless_parameters(actor: Actor, idle_timeout: timedelta) -> dict[str, Any]:
    """The values of the parameters of a statement that is not guarded. None of the actor's sessions is the current
    one."""
    of_tenant = {"actor_tenant_id": actor.tenant_id, "token_hash": None, "session_idle": idle_timeout}
    return {**actor.identity, **of_tenant}


def session_guard(access: Access) -> CTE:
    """The CTE with one row if the caller may still act as the actor, or view as them, with the `caller_parameters`."""
    user = User.__table__.alias("actor")
    if access.admin is not None:
        open_ = _by_view(access.admin, user)
    elif access.traits.kind is ActorKind.CLIENT:
        open_ = _by_access_token(user)
    elif access.by_scim_token:
        open_ = _by_scim_token(access, user)
    else:
        open_ = _by_session(user)
    current = _is_current(user, ACTOR_ID, "actor")
    return open_.where(current, access.same_organization(user)).cte("guard").prefix_with("MATERIALIZED")


def _is_current(user: FromClause, key: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the row is that of an active user whose traits are those of the parameters."""
    return and_(
        is_in_tenant(user),
        user.c.id == key,
        user.c.version == bindparam(f"{name}_version", type_=BigInteger()),
        func.coalesce(func.now() < _timestamp(f"{name}_until"), true()),
        is_active(user),
    )


def _by_session(user: FromClause) -> Select[Any]:
    session = Session.__table__.alias("session")
    return (
        select(int_literal(1).label("open"))
        .select_from(session.join(user, user.c.id == session.c.user_id))
        .where(is_in_tenant(session), is_of_request(session), is_open(session))
    )


def _by_view(admin_access: Access, user: FromClause) -> Select[Any]:
    session, admin = Session.__table__.alias("session"), User.__table__.alias("admin")
    view = ViewAs.__table__.alias("view")
    is_staff = admin_access.traits.kind is ActorKind.STAFF
    of_organization = [] if is_staff else [admin.c.organization_id == VIEWING_ORGANIZATION_ID]
    signed_in = session.join(admin, admin.c.id == session.c.user_id)
    return (
        select(int_literal(1).label("open"))
        .select_from(signed_in.join(view, view.c.session_id == session.c.id).join(user, user.c.id == view.c.user_id))
        .where(
            is_in_tenant(session),
            is_of_request(session),
            is_open(session),
            is_in_tenant(view),
            is_viewed(view),
            _is_current(admin, VIEWING_ID, "viewing"),
            *of_organization,
            admin_access.may(UserAction.UPDATE, User, user),
        )
    )


def _by_access_token(user: FromClause) -> Select[Any]:
    client, revoked = ApiClient.__table__.alias("client"), RevokedAccessToken.__table__.alias("revoked")
    return (
        select(int_literal(1).label("open"))
        .select_from(client.join(user, user.c.id == client.c.owner_id))
        .where(
            is_in_tenant(client),
            client.c.id == ACTOR_CLIENT_ID,
            client.c.organization_id == ACTOR_ORGANIZATION_ID,
            client.c.revoked_at.is_(None),
            _timestamp("token_expires_at") > func.now(),
            ~exists().where(is_in_tenant(revoked), revoked.c.id == bindparam("token_id", type_=Uuid())),
        )
    )


def _by_scim_token(access: Access, user: FromClause) -> Select[Any]:
    token, organization = ScimToken.__table__.alias("token"), Organization.__table__.alias("organization")
    of_maker = token.join(user, user.c.id == token.c.maker_id)
    return (
        select(int_literal(1).label("open"))
        .select_from(of_maker.join(organization, organization.c.id == token.c.organization_id))
        .where(
            is_in_tenant(token),
            is_of_request(token),
            token.c.revoked_at.is_(None),
            token.c.expires_at > func.now(),
            organization.c.id == ACTOR_ORGANIZATION_ID,
            access.may(OrganizationAction.CHANGE_SETTINGS, Organization, organization),
        )
    )


def _timestamp(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=DateTime(timezone=True))
