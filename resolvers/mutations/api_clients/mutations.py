"""Making API clients, changing their secrets, and ending them.

A client has one good secret, or two for the time in which programs go over from the one to the other. What a client may
do is in the policy; its scopes are given once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update

from authz.actor import Actor
from authz.model.resources import ApiClientAction
from models import ApiClient, ApiClientSecret, AuditKind, Scope, User, new_id
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import new_client_secret, token_hash
from resolvers.mutations.api_clients.lock import ID, LockedClient, lock_client
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import is_single_line_text, normalize_name

NAME_MAX = 100
CLIENTS_MAX = 50
"""Clients that a user may have at a time, revoked ones not counted."""

SECRETS_MAX = 2

NAME, SCOPES, SECRET = ("input", "name"), ("input", "scopes"), ("input", "secret")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A client and a new secret of it, which is known to the caller alone from here on."""

    client_id: UUID
    secret: str


async def create(work: UnitOfWork, name: str, scopes: Sequence[Scope]) -> NewSecret:
    """Make a client that acts for the caller.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for who may not make clients; INVALID for a name that
    can't be stored,
    or no scope; LIMIT_REACHED for who has too many already.
    """
    await _hold_owner(work)
    actor, access = await work.lock_actor()
    if not access.makes_api_clients:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not make API clients."))
    problems = [*_problems(name, scopes), *await _too_many(work, actor)]
    if problems:
        raise MutationRejected(problems)
    client_id = new_id()
    given = [scope.value for scope in Scope.in_order(scopes)]
    values = {"name": normalize_name(name), "scopes": given}
    await work.execute(
        insert(ApiClient).values(id=client_id, organization_id=actor.organization_id, owner_id=actor.id, **values)
    )
    secret = await _add_secret(work, client_id)
    kind = AuditKind.API_CLIENT_CREATED
    changes = created({**values, "owner": public_id.encode("usr", actor.id)})
    await work.audit(AuditEntry(kind, client_id, actor.organization_id, changes=changes))
    return NewSecret(client_id, secret)


async def rotate_secret(work: UnitOfWork, client_id: UUID | None) -> NewSecret:
    """Give a client a second secret. The first stays good until it is retired.

    Raises `MutationRejected` as `lock_client` does; LIMIT_REACHED where there are two already.
    """
    target = await lock_client(work, client_id, ApiClientAction.ROTATE)
    if len(await _good_secrets(work, target.id)) >= SECRETS_MAX:
        raise MutationRejected(
            Problem(ErrorCode.LIMIT_REACHED, "There are two secrets already. Retire the former one first.", ID)
        )
    secret = await _add_secret(work, target.id)
    await _audit(work, target, AuditKind.API_CLIENT_SECRET_ROTATED, None, _hint(secret))
    return NewSecret(target.id, secret)


async def retire_secret(work: UnitOfWork, client_id: UUID | None, secret_id: UUID | None) -> UUID:
    """End one of the two secrets of a client; returns the client's key.

    Raises `MutationRejected` as `lock_client` does; NOT_FOUND for a secret that is none of its good ones; LAST_SECRET.
    """
    target = await lock_client(work, client_id, ApiClientAction.ROTATE)
    good = await _good_secrets(work, target.id)
    if secret_id is None or secret_id not in good:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "The API client has no such secret.", SECRET))
    if len(good) == 1:
        raise MutationRejected(
            Problem(ErrorCode.LAST_SECRET, "Without this secret, nothing could use the API client.", SECRET)
        )
    ended = update(ApiClientSecret).where(ApiClientSecret.id == secret_id).values(retired_at=func.now())
    await work.execute(ended)
    await _audit(work, target, AuditKind.API_CLIENT_SECRET_RETIRED, good[secret_id], None)
    return target.id


async def revoke(work: UnitOfWork, client_id: UUID | None) -> UUID:
    """End a client for good, with all tokens that it has; returns its key. Raises `MutationRejected` as
    `lock_client` does."""
    target = await lock_client(work, client_id, ApiClientAction.REVOKE)
    await work.execute(update(ApiClient).where(ApiClient.id == target.id).values(revoked_at=func.now()))
    await work.audit(AuditEntry(AuditKind.API_CLIENT_REVOKED, target.id, target.organization_id))
    return target.id


async def end_all(work: UnitOfWork, user_id: UUID) -> None:
    """End all clients of a user, in the transaction in which the user loses everything.

    Lock the user's row first: a client that is being made then either is there, and is ended here, or is not made.
    """
    theirs = update(ApiClient).where(ApiClient.owner_id == user_id, ApiClient.revoked_at.is_(None))
    ended = await work.execute(theirs.values(revoked_at=func.now()).returning(ApiClient.id, ApiClient.organization_id))
    kind = AuditKind.API_CLIENT_REVOKED
    await work.audit(*(AuditEntry(kind, row.id, row.organization_id) for row in sorted(ended)))


def _problems(name: str, scopes: Sequence[Scope]) -> Iterator[Problem]:
    tidy = normalize_name(name)
    if not 1 <= len(tidy) <= NAME_MAX or not is_single_line_text(tidy):
        message = f"A name has 1 to {NAME_MAX} characters, without line breaks or control characters."
        yield Problem(ErrorCode.INVALID, message, NAME)
    if not scopes:
        yield Problem(ErrorCode.INVALID, "Give at least one scope: they can't be changed later.", SCOPES)


async def _hold_owner(work: UnitOfWork) -> None:
    # Who makes a client holds their own row alone: of two at once, the second counts the first. And before it is held
    # together with others, or of two who hold it together one would be a deadlock's victim.
    if work.caller.actor is not None:
        owner = select(User.id).where(User.id == work.caller.actor.id)
        await work.execute(owner.with_for_update(key_share=True))


async def _too_many(work: UnitOfWork, actor: Actor) -> list[Problem]:
    theirs = select(func.count()).where(ApiClient.owner_id == actor.id, ApiClient.revoked_at.is_(None))
    if (await work.execute(theirs)).scalar_one() < CLIENTS_MAX:
        return []
    message = f"You have {CLIENTS_MAX} API clients. Revoke one that is not needed any more."
    return [Problem(ErrorCode.LIMIT_REACHED, message)]


async def _good_secrets(work: UnitOfWork, client_id: UUID) -> dict[UUID, str]:
    """The hint of each secret that is good, by its key."""
    good = select(ApiClientSecret.id, ApiClientSecret.hint).where(
        ApiClientSecret.api_client_id == client_id, ApiClientSecret.retired_at.is_(None)
    )
    return {row.id: row.hint for row in await work.execute(good)}


def _hint(secret: str) -> str:
    return secret[-4:]


async def _add_secret(work: UnitOfWork, client_id: UUID) -> str:
    secret = new_client_secret()
    await work.execute(
        insert(ApiClientSecret).values(
            id=new_id(), api_client_id=client_id, secret_hash=token_hash(secret), hint=_hint(secret)
        )
    )
    return secret


async def _audit(
    work: UnitOfWork, target: LockedClient, kind: AuditKind, before: str | None, after: str | None
) -> None:
    changes = {"secretHint": (before, after)}
    await work.audit(AuditEntry(kind, target.id, target.organization_id, changes=changes))
