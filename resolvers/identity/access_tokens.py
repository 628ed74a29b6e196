"""Giving access tokens to API clients, and taking them back. What a token looks like is not known here.

Which secret a client shows is looked up by its SHA-256 among the client's own, so that no comparison takes longer for a
better guess; an unknown client, a wrong secret and a dead client are one refusal, after the same work.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.access import Access
from authz.actor import Actor
from models import ApiClient, ApiClientSecret, AuditKind, RevokedAccessToken, Scope, User, is_active
from resolvers import public_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken
from resolvers.callers.load_actor import load_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import token_hash
from resolvers.transaction.audit_log import AuditEntry, Changes, created
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction, unit_of_work

NOBODY: Final = UUID(int=0)
NOTED_EVERY: Final = timedelta(minutes=1)
FORGOTTEN_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a program shows to prove which client it is. `client_id` is None for text that can be the id of none."""

    client_id: UUID | None
    secret: str


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """A client that has shown a secret of its own, `secret_id`. `noted` says whether it was noted within a minute that
    both are in use."""

    id: UUID
    organization_id: UUID
    secret_id: UUID
    scopes: frozenset[Scope]
    noted: bool


async def authenticate(writing: MutationContext, caller: Caller, shown: ClientCredentials) -> AuthenticatedClient:
    """The client that has this secret, alive and of an active owner.

    Raises `MutationRejected`: RATE_LIMITED; CREDENTIALS_INVALID for every other reason.
    """
    writing.limits.expect_client(shown.client_id, caller.address)
    row = await _row(writing, shown)
    if row is not None and row.good:
        return AuthenticatedClient(
            row.id, row.organization_id, row.secret_id, frozenset(map(Scope, row.scopes)), row.noted
        )
    writing.limits.refuse_client(shown.client_id, caller.address)
    subject, organization = (row.id, row.organization_id) if row else (None, None)
    changes = created({"clientId": shown.client_id and public_id.encode("cli", shown.client_id)})
    async with unit_of_work(writing, caller) as work:
        work.audit_refusal(AuditEntry(AuditKind.ACCESS_TOKEN_REFUSED, subject, organization, changes=changes))
        raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "Client id or secret is not right."))


async def issue(
    writing: MutationContext, caller: Caller, client: AuthenticatedClient, scopes: Collection[Scope], until: datetime
) -> AccessToken:
    """A new token of the client with these of its scopes, good until then.

    Raises `MutationRejected`: RATE_LIMITED; INVALID for scopes that are not the client's; CREDENTIALS_INVALID where
    the client
    died just now; FORBIDDEN where the rules say that its owner may not have clients.
    """
    if not client.scopes.issuperset(scopes):
        raise MutationRejected(Problem(ErrorCode.INVALID, "The client has not all of these scopes."))
    writing.limits.issue_access_token(client.id)
    token = AccessToken(uuid4(), client.id, frozenset(scopes), until)
    return await run_in_transaction(writing, caller, lambda work: _issue(work, client, token))


async def revoke(work: UnitOfWork, client: AuthenticatedClient, token: AccessToken) -> None:
    """Take back a token of the client. One of another client, or that is not good any more, is left as it is."""
    found = await load_actor(work.connection, token, work.writing.lifetimes.idle)
    if token.client_id != client.id or found is None:
        return
    taken = insert(RevokedAccessToken).values(id=token.id, api_client_id=client.id, expires_at=token.expires_at)
    if not (await work.execute(taken.on_conflict_do_nothing().returning(RevokedAccessToken.id))).first():
        return
    expired = select(RevokedAccessToken.id).where(RevokedAccessToken.expires_at <= func.now())
    some = expired.limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
    await work.execute(delete(RevokedAccessToken).where(RevokedAccessToken.id.in_(some)))
    await _audit(work, found[0], AuditKind.ACCESS_TOKEN_REVOKED, {"tokenId": (str(token.id), None)})


async def is_good(writing: MutationContext, token: AccessToken) -> bool:
    """Whether who shows this token now is let in."""
    async with writing.engine.connect() as connection:
        found = await load_actor(connection, token, writing.lifetimes.idle)
    return found is not None and Access(writing.policy, found[0].traits).alive


async def _row(writing: MutationContext, shown: ClientCredentials) -> Any:
    matches = and_(
        ApiClientSecret.api_client_id == ApiClient.id,
        ApiClientSecret.secret_hash == token_hash(shown.secret),
        ApiClientSecret.retired_at.is_(None),
    )
    alive = and_(ApiClientSecret.id.is_not(None), ApiClient.revoked_at.is_(None), is_active(User.__table__))
    statement = (
        select(
            ApiClient.id,
            ApiClient.organization_id,
            ApiClient.scopes,
            ApiClientSecret.id.label("secret_id"),
            alive.label("good"),
            and_(_noted(ApiClient), _noted(ApiClientSecret)).label("noted"),
        )
        .join(User, User.id == ApiClient.owner_id)
        .outerjoin(ApiClientSecret, matches)
        .where(ApiClient.id == (shown.client_id or NOBODY))
    )
    async with writing.engine.connect() as connection:
        return (await connection.execute(statement)).one_or_none()


async def _issue(work: UnitOfWork, client: AuthenticatedClient, token: AccessToken) -> AccessToken:
    found = await load_actor(work.connection, token, work.writing.lifetimes.idle)
    if found is None:
        raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "The client is not alive any more."))
    actor, _ = found
    if not Access(work.writing.policy, actor.traits).alive:
        work.audit_refusal(AuditEntry(AuditKind.ACCESS_TOKEN_REFUSED, client.id, client.organization_id))
        raise MutationRejected(
            Problem(ErrorCode.FORBIDDEN, "The owner of this client may not have API clients any more.")
        )
    if not client.noted:
        await _note_use(work, ApiClient, client.id)
        await _note_use(work, ApiClientSecret, client.secret_id)
    changes = created({"tokenId": str(token.id), "scopes": [scope.value for scope in Scope.in_order(token.scopes)]})
    await _audit(work, actor, AuditKind.ACCESS_TOKEN_ISSUED, changes)
    return token


async def _audit(work: UnitOfWork, actor: Actor, kind: AuditKind, changes: Changes) -> None:
    # It is the client who does this, for its owner.
    work.caller = replace(work.caller, actor=actor)
    await work.audit(AuditEntry(kind, actor.client_id, actor.organization_id, changes=changes))


def _noted(model: type[ApiClient | ApiClientSecret]) -> ColumnElement[bool]:
    return func.coalesce(model.last_used_at > func.now() - NOTED_EVERY, False)


async def _note_use(work: UnitOfWork, model: type[ApiClient | ApiClientSecret], key: UUID) -> None:
    """Note that it is in use now; a row that somebody else writes to at this moment is left to them."""
    unknown = or_(model.last_used_at.is_(None), model.last_used_at <= func.now() - NOTED_EVERY)
    free = select(model.id).where(model.id == key, unknown).with_for_update(skip_locked=True, key_share=True)
    await work.execute(update(model).where(model.id.in_(free)).values(last_used_at=func.now()))
