"""The API client that a mutation is about: locked, and looked at with the eyes of the policy."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, true

from authz.model.resources import VIEW, ApiClientAction
from models import ApiClient
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedClient:
    """A client to which the caller may do something, and which nobody else changes until the end of the transaction."""

    id: UUID
    organization_id: UUID


async def lock_client(work: UnitOfWork, client_id: UUID | None, action: ApiClientAction) -> LockedClient:
    """The client to which the caller is about to do `action`; None stands for an id that can be no client's.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND for what the caller does not see, alike for whatever
    reason; FORBIDDEN
    for what they see and may not do this to; ALREADY_REVOKED where the client is dead for good.
    """
    actor, access = await work.lock_actor()
    # Two statements, since a SELECT that had to wait for the lock sees the row of before the wait.
    own = select(ApiClient.id).where(ApiClient.id == client_id, ApiClient.organization_id == actor.organization_id)
    await work.execute(own.with_for_update(key_share=True))
    client = ApiClient.__table__.alias()
    allowed = access.may(action, ApiClient, client).is_(true()).label("allowed")
    seen = select(client, allowed).where(client.c.id == client_id, access.may(VIEW, ApiClient, client))
    row = (await work.execute_as(actor, seen)).one_or_none()
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "There is no such API client that you can see.", ID))
    if not row.allowed:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not do this to the API client.", ID))
    if row.revoked_at is not None:
        raise MutationRejected(Problem(ErrorCode.ALREADY_REVOKED, "The API client has been revoked.", ID))
    return LockedClient(row.id, row.organization_id)
