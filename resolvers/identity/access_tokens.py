"""Authenticates API clients, and issues and revokes their access tokens. The token format is defined elsewhere.

A presented secret is looked up by its SHA-256 among the client's secrets, so no comparison takes longer for a better
guess. An unknown client, a wrong secret and a revoked client get the same error after the same work.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from authz.access import Access
from authz.actor import Actor
from models import ApiClient, ApiClientSecret, AuditKind, RevokedAccessToken, Scope, User, is_active
from resolvers import public_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken
from resolvers.callers.load_actor import TENANT, client_actor, load_actor, users_with_traits
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import organization_of_secret, token_hash
from resolvers.prepared_statement import PreparedStatement, single_statements
from resolvers.transaction.acting import ACTING, ActingRow
from resolvers.transaction.alone import run_alone
from resolvers.transaction.audit_log import AuditEntry, Changes, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction, unit_of_work

NIL_UUID: Final = UUID(int=0)
RECORD_USE_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The credentials that an API client presents. `client_id` is None if the text cannot be the id of a client."""

    client_id: UUID | None
    secret: str


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """A client that has presented a valid secret, `secret_id`. `actor` is the client as an actor, with all its scopes.
    `use_recorded` tells whether the use of both was already recorded within the last minute."""

    actor: Actor
    id: UUID
    organization_id: UUID
    secret_id: UUID
    scopes: frozenset[Scope]
    use_recorded: bool


async def authenticate_client(
    context: MutationContext, caller: Caller, credentials: ClientCredentials
) -> AuthenticatedClient:
    """Returns the client with these credentials, if it is not revoked and its owner is active.

    Raises `MutationRejected`: RATE_LIMITED; CREDENTIALS_INVALID for every other reason.
    """
    await context.limits.check_client(credentials.client_id, caller.address)
    row = await _find_client(context, credentials)
    if row is not None and row.is_valid:
        scopes = frozenset(map(Scope, row.scopes))
        actor = client_actor(ActingRow(row), row.id, scopes)
        return AuthenticatedClient(actor, row.id, row.organization_id, row.secret_id, scopes, row.use_recorded)
    await context.limits.reject_client(credentials.client_id, caller.address)
    subject, organization = (row.id, row.organization_id) if row else (None, None)
    changes = created({"clientId": credentials.client_id and public_id.encode(ApiClient, credentials.client_id)})
    async with unit_of_work(context, caller) as work:
        work.audit_on_rejection(AuditEntry(AuditKind.ACCESS_TOKEN_REFUSED, subject, organization, changes=changes))
        raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "Incorrect client id or secret."))


async def issue_access_token(
    context: MutationContext,
    caller: Caller,
    client: AuthenticatedClient,
    scopes: Collection[Scope],
    expires_at: datetime,
) -> AccessToken:
    """Returns a new token of the client, limited to `scopes` and valid until `expires_at`.

    A token of a client that has been revoked since it was authenticated is invalid, like all of its tokens. Raises
    `MutationRejected`: RATE_LIMITED; INVALID if the client lacks one of the scopes; FORBIDDEN if the policy does not
    let its owner have API clients.
    """
    if not client.scopes.issuperset(scopes):
        raise MutationRejected(Problem(ErrorCode.INVALID, "The client does not have all of these scopes."))
    await context.limits.issue_access_token(client.id)
    token = AccessToken(uuid4(), client.id, frozenset(scopes), expires_at, client.organization_id)
    return await run_in_transaction(context, caller, lambda work: _issue(work, client, token))


async def revoke_access_token(work: UnitOfWork, client: AuthenticatedClient, token: AccessToken) -> None:
    """Revoke a token of the client. Does nothing if the token is another client's, or no longer valid."""
    loaded = await load_actor(work.connection, token, work.context.lifetimes.idle)
    if token.client_id != client.id or loaded is None:
        return
    values = {"organization_id": client.organization_id, "api_client_id": client.id, "expires_at": token.expires_at}
    revocation = insert(RevokedAccessToken).values(id=token.id, **values)
    if not (await work.execute(revocation.on_conflict_do_nothing().returning(RevokedAccessToken.id))).first():
        return
    of_organization = RevokedAccessToken.organization_id == client.organization_id
    await work.execute(delete(RevokedAccessToken).where(of_organization, RevokedAccessToken.expires_at <= func.now()))
    await _audit(work, loaded[0], AuditKind.ACCESS_TOKEN_REVOKED, {"tokenId": (str(token.id), None)})


async def is_access_token_valid(context: MutationContext, token: AccessToken) -> bool:
    """Whether a caller that presents this token now is authenticated."""
    async with single_statements(context.engine) as connection:
        loaded = await load_actor(connection, token, context.lifetimes.idle)
    return loaded is not None and Access(context.policy, loaded[0].traits).alive


async def _find_client(context: MutationContext, credentials: ClientCredentials) -> Any:
    organization_id = organization_of_secret(credentials.secret)
    parameters = {
        "organization_id": organization_id,
        TENANT.key: organization_id,
        "client_id": credentials.client_id or NIL_UUID,
        "secret_hash": token_hash(credentials.secret),
    }
    statement = _client_with_secret(in_organization=organization_id is not None)
    rows = await run_alone(context, statement, parameters)
    return rows[0] if rows else None


@cache
def _client_with_secret(*, in_organization: bool) -> PreparedStatement:
    """The statement for a secret that says its organization, or for one of a former version."""
    organization = bindparam("organization_id", type_=Uuid(), unique=False)
    tables = (ApiClient.organization_id, User.tenant_id, ApiClientSecret.organization_id) if in_organization else ()
    of_client, of_owner, of_secret = ([column == organization] for column in tables) if tables else ([], [], [])
    matches = and_(
        *of_secret,
        ApiClientSecret.organization_id == ApiClient.organization_id,
        ApiClientSecret.api_client_id == ApiClient.id,
        ApiClientSecret.secret_hash == bindparam("secret_hash", type_=LargeBinary()),
        ApiClientSecret.retired_at.is_(None),
    )
    is_valid = and_(ApiClientSecret.id.is_not(None), ApiClient.revoked_at.is_(None), is_active(User.__table__))
    # Only for a valid secret: all others take the same work. How much the client sees matters for lists alone.
    traits = users_with_traits(organization if in_organization else None).selected_columns
    acting = (
        case((is_valid, column)).label(f"{ACTING}{column.key}") for column in (*traits, ApiClient.__table__.c.scopes)
    )
    sees_much: ColumnElement[bool] = literal_column("false").label(f"{ACTING}sees_much")
    return PreparedStatement(
        select(
            *acting,
            sees_much,
            ApiClient.id,
            ApiClient.organization_id,
            ApiClient.scopes,
            ApiClientSecret.id.label("secret_id"),
            is_valid.label("is_valid"),
            and_(_use_recorded(ApiClient), _use_recorded(ApiClientSecret)).label("use_recorded"),
        )
        .join(User, and_(User.tenant_id == ApiClient.organization_id, User.id == ApiClient.owner_id))
        .outerjoin(ApiClientSecret, matches)
        .where(*of_client, *of_owner, ApiClient.id == bindparam("client_id", type_=Uuid()))
    )


async def _issue(work: UnitOfWork, client: AuthenticatedClient, token: AccessToken) -> AccessToken:
    actor = replace(client.actor, traits=replace(client.actor.traits, scopes=token.scopes))
    if not Access(work.context.policy, actor.traits).alive:
        work.audit_on_rejection(AuditEntry(AuditKind.ACCESS_TOKEN_REFUSED, client.id, client.organization_id))
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "The owner of this client may no longer have API clients."))
    if not client.use_recorded:
        await _record_use(work, ApiClient, client.organization_id, client.id)
        await _record_use(work, ApiClientSecret, client.organization_id, client.secret_id)
    changes = created({"tokenId": str(token.id), "scopes": [scope.value for scope in Scope.in_order(token.scopes)]})
    await _audit(work, actor, AuditKind.ACCESS_TOKEN_ISSUED, changes)
    return token


async def _audit(work: UnitOfWork, actor: Actor, kind: AuditKind, changes: Changes) -> None:
    # The client acts here, on behalf of its owner.
    work.caller = replace(work.caller, actor=actor)
    await work.audit(AuditEntry(kind, actor.client_id, actor.organization_id, changes=changes))


def _use_recorded(model: type[ApiClient | ApiClientSecret]) -> ColumnElement[bool]:
    return func.coalesce(model.last_used_at > func.now() - RECORD_USE_EVERY, False)


async def _record_use(
    work: UnitOfWork, model: type[ApiClient | ApiClientSecret], organization_id: UUID, key: UUID
) -> None:
    """Record that the row is in use now. A row that another transaction is writing to is skipped."""
    due = or_(model.last_used_at.is_(None), model.last_used_at <= func.now() - RECORD_USE_EVERY)
    own = model.organization_id == organization_id
    unlocked = select(model.id).where(own, model.id == key, due).with_for_update(skip_locked=True, key_share=True)
    await work.execute(update(model).where(own, model.id.in_(unlocked)).values(last_used_at=func.now()))
