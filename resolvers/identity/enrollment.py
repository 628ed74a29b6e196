"""What setting up any second factor has in common: who may, and what comes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import AuditKind, TicketPurpose
from resolvers.callers.credentials import SessionToken
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.factor_changes import FactorChange, record_change
from resolvers.identity.recovery_codes import replace_codes
from resolvers.identity.second_factors import FactorUser, lock_self
from resolvers.identity.session_start import SignedIn, start_session
from resolvers.identity.sessions import end_replaced
from resolvers.identity.sign_in_tickets import lock_holder, ticket_invalid, use_tickets_up
from resolvers.identity.step_up import require_recent_proof
from resolvers.transaction.audit_log import created
from resolvers.transaction.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EnrolledFactor:
    """The user who has the factor now. `recovery_codes` are new ones, if they had none; `session` is one that the user
    has signed in to by setting up what was missing."""

    user_id: UUID
    recovery_codes: list[str] | None
    session: SignedIn | None


async def lock_enrolling(work: UnitOfWork, ticket: str | None) -> FactorUser:
    """Lock the caller, or whoever holds the ticket of a sign-in that requires a second factor, who may set one up now.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client, REAUTHENTICATION_REQUIRED; or
    TICKET_INVALID.
    """
    if ticket is None:
        user, actor = await lock_self(work)
        require_recent_proof(work, actor)
        return user
    user = await lock_holder(work, ticket, TicketPurpose.ENROLLMENT)
    if user.has_any:
        raise ticket_invalid()
    return user


async def finish_enrollment(
    work: UnitOfWork,
    user: FactorUser,
    change: FactorChange,
    added: Mapping[str, Any],
    *,
    ticket: str | None,
    replaced: SessionToken | None,
) -> EnrolledFactor:
    """Record that the user has the factor that the fields `added` describe, give them recovery codes if they have none,
    and start a session for whoever came with a ticket. `replaced` is that of `sign_in`."""
    codes = None if user.recovery_codes else await replace_codes(work, user.tenant_id, user.id)
    await record_change(work, user, AuditKind.USER_SECOND_FACTOR_ADDED, change, created(added))
    session = None
    if ticket is not None:
        await use_tickets_up(work, user)
        await end_replaced(work, replaced)
        session = await start_session(work, user.id, user.organization_id)
    return EnrolledFactor(user.id, codes, session)


def require_another_factor(user: FactorUser) -> None:
    """Raise `MutationRejected` (SECOND_FACTOR_REQUIRED) if a user who must have a second factor is about to remove
    their last one."""
    if user.is_required:
        message = "You must have a second factor. Set up another one first."
        raise MutationRejected(Problem(ErrorCode.SECOND_FACTOR_REQUIRED, message))
