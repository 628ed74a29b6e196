"""Loads the actor of a credential from the database, in one SELECT."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    LargeBinary,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.actor import Actor, ActorKind, Traits
from models import (
    ApiClient,
    Audience,
    Permission,
    RevokedAccessToken,
    ScimToken,
    Scope,
    Session,
    User,
    UserEmail,
    UserPermission,
    ViewAs,
    is_active,
    not_expired,
    tenant_column,
)
from resolvers.callers.credentials import AccessToken, Credential, ScimCredential, SessionToken
from resolvers.callers.organization_size import sees_large_organization
from resolvers.prepared_statement import PreparedStatement

TENANT: Final = bindparam("acting_tenant_id", type_=Uuid(), unique=False)
"""The tenant of the actor, in the statements that know it."""


def active_users(tenant: ColumnElement[UUID] | None = None) -> Select[*tuple[Any, ...]]:
    """Selects the active users, of this tenant if given, with the columns that their traits are computed from: only
    they may act."""
    return users_with_traits(tenant).where(is_active(User.__table__))


def users_with_traits(tenant: ColumnElement[UUID] | None = None) -> Select[*tuple[Any, ...]]:
    """Selects all users, active or not, with the columns that their traits as actors are computed from."""
    grant = UserPermission.__table__.alias()
    of_user = grant.c.organization_id == (User.tenant_id if tenant is None else tenant), grant.c.user_id == User.id
    granted = and_(*of_user, not_expired(grant))
    permissions = select(grant.c.permission).where(granted).order_by(grant.c.permission).correlate(User)
    until = select(func.min(grant.c.ends_at)).where(granted).correlate(User)
    users = select(
        User.id,
        User.organization_id,
        User.staff,
        User.audience,
        User.all_contract_accounts,
        User.all_delivery_accounts,
        User.version,
        func.array(permissions.scalar_subquery()).label("permissions"),
        until.scalar_subquery().label("until"),
    )
    return users if tenant is None else users.where(User.tenant_id == tenant)


def traits_of(row: Row[*tuple[Any, ...]]) -> Traits:
    """The traits from a row of `users_with_traits`."""
    return Traits(
        kind=ActorKind.STAFF if row.staff else ActorKind.MEMBER,
        audience=Audience(row.audience),
        permissions=frozenset(map(Permission, row.permissions)),
        all_contract_accounts=row.all_contract_accounts,
        all_delivery_accounts=row.all_delivery_accounts,
    )


def actors(*, in_tenant: bool = False) -> Select[*tuple[Any, ...]]:
    """Selects the active users with the columns that actors are made of. With `in_tenant`, those of `TENANT`."""
    sees_much = sees_large_organization(TENANT if in_tenant else tenant_column(User.__table__))
    return active_users(TENANT if in_tenant else None).add_columns(sees_much.label("sees_much"))


def _actor(row: Any) -> Actor:
    age = getattr(row, "proof_age", None)
    traits = traits_of(row)
    return Actor(row.id, row.organization_id, traits, row.version, row.until, sees_much=row.sees_much, proof_age=age)


async def load_actor(
    connection: AsyncConnection, credential: Credential, idle_timeout: timedelta
) -> tuple[Actor, UUID | None] | None:
    """Load the actor of the credential, with the id of the session if the credential is a session token.

    Returns None for an unknown token, a session that has ended or was not used for `idle_timeout`, an access token or
    SCIM token that has expired or was revoked, a revoked client, and an inactive user. Whether the policy allows the
    client at all is decided by its `Access`. The clock is the database's.
    """
    query = actor_query(credential, idle_timeout)
    row = (await actor_statement(query).execute_on(connection, query.parameters)).one_or_none()
    if row is None:
        return None
    return query.actor_of(row), row.session_id if isinstance(credential, SessionToken) else None


@dataclass(frozen=True, slots=True)
class ActorQuery:
    """The SELECT of the actor of a credential. `build`, a function of this module, builds it, `parameters` are its
    values, and `actor_of` makes the actor of its row, if there is one."""

    build: Callable[[], Select[*tuple[Any, ...]]]
    parameters: Mapping[str, Any]
    actor_of: Callable[[Any], Actor]


def actor_query(credential: Credential, idle_timeout: timedelta) -> ActorQuery:
    """The SELECT of the actor of this credential, as `load_actor` loads it."""
    if isinstance(credential, AccessToken):
        parameters = {
            "acting_client_id": credential.client_id,
            "acting_token_id": credential.id,
            "acting_expires_at": credential.expires_at,
            TENANT.key: credential.organization_id,
        }
        build = _of_client if credential.organization_id is None else _of_client_in_tenant
        return ActorQuery(build, parameters, lambda row: client_actor(row, credential.client_id, credential.scopes))
    if isinstance(credential, ScimCredential):
        of_token = {"acting_token_hash": credential.hash, TENANT.key: credential.tenant_id}
        return ActorQuery(_of_scim_token, of_token, _scim_actor)
    parameters = {
        "acting_token_hash": credential.hash,
        "acting_idle": idle_timeout,
        TENANT.key: credential.tenant_id,
    }
    return ActorQuery(_of_session if credential.tenant_id is None else _of_session_in_tenant, parameters, _actor)


def user_query(user_id: UUID, tenant_id: UUID) -> ActorQuery:
    """The SELECT of the active user `user_id` of a tenant as an actor."""
    return ActorQuery(_of_user, {"acting_user_id": user_id, TENANT.key: tenant_id}, _actor)


def actor_statement(query: ActorQuery) -> PreparedStatement:
    """The statement of an `ActorQuery`."""
    return _prepared(query.build)


@cache
def _prepared(build: Callable[[], Select[*tuple[Any, ...]]]) -> PreparedStatement:
    return PreparedStatement(build())


def _of_session(*, in_tenant: bool = False) -> Select[*tuple[Any, ...]]:
    return (
        actors(in_tenant=in_tenant)
        .add_columns(Session.id.label("session_id"), _proof_age().label("proof_age"))
        .join(Session, and_(Session.tenant_id == User.tenant_id, Session.user_id == User.id))
        .where(
            *([Session.tenant_id == TENANT] if in_tenant else []),
            Session.token_hash == bindparam("acting_token_hash", type_=LargeBinary()),
            Session.expires_at > func.now(),
            Session.last_seen_at > func.now() - bindparam("acting_idle", type_=Interval(native=True)),
        )
    )


def _proof_age() -> ColumnElement[timedelta]:
    return (func.now() - func.coalesce(Session.proved_at, Session.created_at)).cast(Interval(native=True))


def _of_session_in_tenant() -> Select[*tuple[Any, ...]]:
    return _of_session(in_tenant=True)


def client_actor(row: Any, client_id: UUID, scopes: frozenset[Scope]) -> Actor:
    """The API client `client_id` as an actor, from a row of `actors` with its `scopes`: its owner, limited to those of
    `scopes` that the client has."""
    traits = replace(traits_of(row), kind=ActorKind.CLIENT, scopes=scopes.intersection(map(Scope, row.scopes)))
    return replace(_actor(row), traits=traits, client_id=client_id)


def _of_client(*, in_tenant: bool = False) -> Select[*tuple[Any, ...]]:
    revoked = RevokedAccessToken.id == bindparam("acting_token_id", type_=Uuid())
    if in_tenant:
        revoked = and_(RevokedAccessToken.organization_id == TENANT, revoked)
    return (
        actors(in_tenant=in_tenant)
        .add_columns(ApiClient.scopes)
        .join(ApiClient, and_(ApiClient.organization_id == User.tenant_id, ApiClient.owner_id == User.id))
        .where(
            *([ApiClient.organization_id == TENANT] if in_tenant else []),
            ApiClient.id == bindparam("acting_client_id", type_=Uuid()),
            ApiClient.revoked_at.is_(None),
            bindparam("acting_expires_at", type_=DateTime(timezone=True)) > func.now(),
            ~exists().where(revoked),
        )
    )


def _of_client_in_tenant() -> Select[*tuple[Any, ...]]:
    return _of_client(in_tenant=True)


def _scim_actor(row: Any) -> Actor:
    return replace(_actor(row), scim_token_id=row.scim_token_id)


def _of_scim_token() -> Select[*tuple[Any, ...]]:
    return (
        actors(in_tenant=True)
        .add_columns(ScimToken.id.label("scim_token_id"))
        .join(ScimToken, and_(ScimToken.organization_id == User.tenant_id, ScimToken.maker_id == User.id))
        .where(
            ScimToken.organization_id == TENANT,
            ScimToken.token_hash == bindparam("acting_token_hash", type_=LargeBinary()),
            ScimToken.revoked_at.is_(None),
            ScimToken.expires_at > func.now(),
        )
    )


async def load_viewed_actor(
    connection: AsyncConnection, tenant_id: UUID, session_hash: bytes, user_id: UUID
) -> Actor | None:
    """Load the user as whom the session with this hash, of the tenant, views. Returns None if it doesn't, or the user
    is inactive.

    This is not yet the permission to read: the session guard decides, with each read, whether the caller still may.
    """
    parameters = {TENANT.key: tenant_id, "token_hash": session_hash, "user_id": user_id}
    row = (await _of_view().execute_on(connection, parameters)).one_or_none()
    return _actor(row) if row else None


@cache
def _of_view() -> PreparedStatement:
    return PreparedStatement(
        actors(in_tenant=True)
        .join(ViewAs, ViewAs.user_id == User.id)
        .join(Session, Session.id == ViewAs.session_id)
        .where(
            ViewAs.tenant_id == TENANT,
            Session.tenant_id == TENANT,
            Session.token_hash == bindparam("token_hash", type_=LargeBinary()),
            ViewAs.ends_at > func.now(),
            User.id == bindparam("user_id", type_=Uuid()),
        )
    )


async def load_user_as_actor(connection: AsyncConnection, user_id: UUID, tenant_id: UUID | None = None) -> Actor | None:
    """Load the active user `user_id` as an actor, for callers without a session, such as the command line. Unless the
    user's `tenant_id` is given, it is looked up first."""
    if tenant_id is None:
        tenant_id = (await _tenant_of_user().execute_on(connection, {"user_id": user_id})).scalar_one_or_none()
    return None if tenant_id is None else await _load_user(connection, user_id, tenant_id)


@cache
def _tenant_of_user() -> PreparedStatement:
    return PreparedStatement(select(User.tenant_id).where(User.id == bindparam("user_id", type_=Uuid())))


async def load_email_as_actor(connection: AsyncConnection, email: str) -> Actor | None:
    """The same by email, ignoring case."""
    entry = (await _entry_of_email().execute_on(connection, {"email": email.lower()})).one_or_none()
    return None if entry is None else await _load_user(connection, entry.user_id, entry.tenant_id)


@cache
def _entry_of_email() -> PreparedStatement:
    entry = UserEmail.__table__
    by_email = select(entry.c.tenant_id, entry.c.user_id).where(entry.c.email == bindparam("email", type_=Text()))
    return PreparedStatement(by_email)


async def _load_user(connection: AsyncConnection, user_id: UUID, tenant_id: UUID) -> Actor | None:
    query = user_query(user_id, tenant_id)
    row = (await actor_statement(query).execute_on(connection, query.parameters)).one_or_none()
    return _actor(row) if row else None


def _of_user() -> Select[*tuple[Any, ...]]:
    return actors(in_tenant=True).where(User.id == bindparam("acting_user_id", type_=Uuid()))
