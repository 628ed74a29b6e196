"""Creates API clients, rotates and retires their secrets, and revokes them.

A client has one valid secret, or two while programs switch from one to the other. The policy defines what a client may
do. Its scopes are set once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert, select, update

from authz.actor import Actor
from authz.model.actions import ApiClientAction
from models import ApiClient, ApiClientSecret, AuditKind, Scope, User, new_id
from resolvers import public_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import new_client_secret, token_hash
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.api_clients.lock import ID, LockedClient, lock_client
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.text import name_problems, normalize_name

NAME_MAX = 100
MAX_CLIENTS = 50
"""The maximum number of clients of a user, not counting revoked ones."""

MAX_SECRETS = 2
"""The maximum number of valid secrets of a client."""

NAME, SCOPES, SECRET = ("input", "name"), ("input", "scopes"), ("input", "secret")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A client and its new secret, which only the caller gets to know."""

    client_id: UUID
    secret: str


async def create_api_client(work: UnitOfWork, name: str, scopes: Sequence[Scope]) -> NewSecret:
    """Create a client that acts for the caller.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not create clients;
    REAUTHENTICATION_REQUIRED; INVALID for an invalid name, or without scopes; LIMIT_REACHED if the caller already has
    `MAX_CLIENTS`.
    """
    await _lock_owner(work)
    actor, access = await work.lock_actor()
    if not access.makes_api_clients:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not create API clients."))
    require_recent_proof(work, actor)
    problems = [*_input_problems(name, scopes), *await _limit_problems(work, actor)]
    if problems:
        raise MutationRejected(problems)
    client_id = new_id()
    values = {"name": normalize_name(name), "scopes": [scope.value for scope in Scope.in_order(scopes)]}
    await work.execute(
        insert(ApiClient).values(id=client_id, organization_id=actor.organization_id, owner_id=actor.id, **values)
    )
    secret = await _add_secret(work, actor.tenant_id, client_id)
    kind = AuditKind.API_CLIENT_CREATED
    changes = created({**values, "owner": public_id.encode(User, actor.id)})
    await work.audit(AuditEntry(kind, client_id, actor.organization_id, changes=changes))
    return NewSecret(client_id, secret)


async def rotate_api_client_secret(work: UnitOfWork, client_id: UUID | None) -> NewSecret:
    """Add a second secret to a client. The first one stays valid until it is retired.

    Raises `MutationRejected` as `lock_client` does, REAUTHENTICATION_REQUIRED, and LIMIT_REACHED if the client already
    has two.
    """
    client = await lock_client(work, client_id, ApiClientAction.ROTATE)
    require_recent_proof(work, client.actor)
    if len(await _valid_secrets(work, client)) >= MAX_SECRETS:
        raise MutationRejected(
            Problem(ErrorCode.LIMIT_REACHED, "The API client already has two secrets. Retire the old one first.", ID)
        )
    secret = await _add_secret(work, client.organization_id, client.id)
    await _audit(work, client, AuditKind.API_CLIENT_SECRET_ROTATED, None, _hint(secret))
    return NewSecret(client.id, secret)


async def retire_api_client_secret(work: UnitOfWork, client_id: UUID | None, secret_id: UUID | None) -> UUID:
    """Retire one of the two secrets of a client. Returns the client's id.

    Raises `MutationRejected` as `lock_client` does; NOT_FOUND if the client has no such valid secret; LAST_SECRET.
    """
    client = await lock_client(work, client_id, ApiClientAction.ROTATE)
    hints = await _valid_secrets(work, client)
    if secret_id is None or secret_id not in hints:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "The API client has no such secret.", SECRET))
    if len(hints) == 1:
        raise MutationRejected(
            Problem(ErrorCode.LAST_SECRET, "Without its last secret, the API client would be unusable.", SECRET)
        )
    of_client = ApiClientSecret.organization_id == client.organization_id, ApiClientSecret.id == secret_id
    await work.execute(update(ApiClientSecret).where(*of_client).values(retired_at=func.now()))
    await _audit(work, client, AuditKind.API_CLIENT_SECRET_RETIRED, hints[secret_id], None)
    return client.id


async def revoke_api_client(work: UnitOfWork, client_id: UUID | None) -> UUID:
    """Revoke a client permanently, with all its tokens. Returns its id.

    Raises `MutationRejected` as `lock_client` does.
    """
    client = await lock_client(work, client_id, ApiClientAction.REVOKE)
    own = ApiClient.organization_id == client.organization_id, ApiClient.id == client.id
    await work.execute(update(ApiClient).where(*own).values(revoked_at=func.now()))
    await work.audit(AuditEntry(AuditKind.API_CLIENT_REVOKED, client.id, client.organization_id))
    return client.id


async def revoke_api_clients_of(work: UnitOfWork, organization_id: UUID, *user_ids: UUID) -> None:
    """Revoke all clients of users of an organization who are being removed or restored.

    The caller must have locked the users' rows: a client that is being created meanwhile then either exists, and is
    revoked here, or is not created.
    """
    owned = ApiClient.organization_id == organization_id, ApiClient.owner_id.in_(user_ids)
    active = update(ApiClient).where(*owned, ApiClient.revoked_at.is_(None))
    revoked = await work.execute(
        active.values(revoked_at=func.now()).returning(ApiClient.id, ApiClient.organization_id)
    )
    kind = AuditKind.API_CLIENT_REVOKED
    await work.audit(*(AuditEntry(kind, row.id, row.organization_id) for row in sorted(revoked)))


def _input_problems(name: str, scopes: Sequence[Scope]) -> Iterator[Problem]:
    yield from name_problems(name, NAME_MAX, *NAME)
    if not scopes:
        yield Problem(ErrorCode.INVALID, "Give at least one scope. Scopes can't be changed later.", SCOPES)


async def _lock_owner(work: UnitOfWork) -> None:
    # An exclusive lock on the caller's own row: of two simultaneous requests, the second counts the first one's client.
    # It comes before the shared lock of `lock_actor`, because two transactions that upgrade that one would deadlock.
    if work.caller.actor is not None:
        actor = work.caller.actor
        owner = select(User.id).where(User.tenant_id == actor.tenant_id, User.id == actor.id)
        await work.execute(owner.with_for_update(key_share=True))


async def _limit_problems(work: UnitOfWork, actor: Actor) -> list[Problem]:
    owned = ApiClient.organization_id == actor.organization_id, ApiClient.owner_id == actor.id
    count = select(func.count()).where(*owned, ApiClient.revoked_at.is_(None))
    if (await work.execute(count)).scalar_one() < MAX_CLIENTS:
        return []
    message = f"You already have {MAX_CLIENTS} API clients. Revoke one that you no longer need."
    return [Problem(ErrorCode.LIMIT_REACHED, message)]


async def _valid_secrets(work: UnitOfWork, client: LockedClient) -> dict[UUID, str]:
    """The hints of the valid secrets, by their ids."""
    statement = select(ApiClientSecret.id, ApiClientSecret.hint).where(
        ApiClientSecret.organization_id == client.organization_id,
        ApiClientSecret.api_client_id == client.id,
        ApiClientSecret.retired_at.is_(None),
    )
    return {row.id: row.hint for row in await work.execute(statement)}


def _hint(secret: str) -> str:
    return secret[-4:]


async def _add_secret(work: UnitOfWork, organization_id: UUID, client_id: UUID) -> str:
    secret = new_client_secret(organization_id)
    values = {"organization_id": organization_id, "api_client_id": client_id}
    stored = {"secret_hash": token_hash(secret), "hint": _hint(secret)}
    await work.execute(insert(ApiClientSecret).values(id=new_id(), **values, **stored))
    return secret


async def _audit(
    work: UnitOfWork, client: LockedClient, kind: AuditKind, before: str | None, after: str | None
) -> None:
    changes = {"secretHint": (before, after)}
    await work.audit(AuditEntry(kind, client.id, client.organization_id, changes=changes))
