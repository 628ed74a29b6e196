"""Loads and locks the API client that a mutation changes, and checks that the caller may change it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, true

from authz.actor import Actor
from authz.model.actions import VIEW, ApiClientAction
from models import ApiClient
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedClient:
    """An API client that `actor`, the caller, may change, locked until the end of the transaction."""

    id: UUID
    organization_id: UUID
    actor: Actor


async def lock_client(work: UnitOfWork, client_id: UUID | None, action: ApiClientAction) -> LockedClient:
    """Lock the client and check that the caller may perform `action` on it. A `client_id` of None is not found.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the client, for whatever reason;
    FORBIDDEN if they see it but may not perform the action; ALREADY_REVOKED.
    """
    actor, access = await work.lock_actor()
    # Two statements, because a SELECT that had to wait for the lock sees the row from before the wait.
    lock = select(ApiClient.id).where(ApiClient.id == client_id, ApiClient.organization_id == actor.organization_id)
    await work.execute(lock.with_for_update(key_share=True))
    client = ApiClient.__table__.alias()
    allowed = access.may(action, ApiClient, client).is_(true()).label("allowed")
    statement = select(client, allowed).where(client.c.id == client_id, access.may(VIEW, ApiClient, client))
    row = (await work.execute_as(actor, statement)).one_or_none()
    work.record_check(VIEW, ApiClient, client_id, allowed=row is not None)
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No API client with this ID is visible to you.", ID))
    work.record_check(action, ApiClient, client_id, allowed=row.allowed)
    if not row.allowed:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not do this with the API client.", ID))
    if row.revoked_at is not None:
        raise MutationRejected(Problem(ErrorCode.ALREADY_REVOKED, "The API client has been revoked.", ID))
    return LockedClient(row.id, row.organization_id, actor)
