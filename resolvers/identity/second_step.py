"""The second step of a sign-in: turns a ticket and a code into a session."""

from typing import Final

from models import AuditKind, TicketPurpose
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.factor_changes import record_used_code
from resolvers.identity.second_factors import FactorUser, use_code
from resolvers.identity.session_start import SignedIn, start_session
from resolvers.identity.sessions import end_replaced
from resolvers.identity.sign_in_tickets import holder_of, lock_holder, use_tickets_up
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

CODE: Final = ("input", "code")


async def complete_sign_in(
    context: MutationContext, caller: Caller, ticket: str, code: str, *, replaced: SessionToken | None = None
) -> SignedIn:
    """Start a session for the user who holds the ticket and gives a code of their app, or a recovery code.

    The ticket stays valid after a wrong code, until it expires. Wrong codes are counted by user, so new tickets give no
    extra guesses. `replaced` is that of `sign_in`. Raises `MutationRejected`: TICKET_INVALID, RATE_LIMITED,
    CODE_INVALID.
    """
    holder = await holder_of(context, ticket, TicketPurpose.SECOND_FACTOR)

    async def complete(work: UnitOfWork) -> SignedIn:
        user = await lock_holder(work, ticket, TicketPurpose.SECOND_FACTOR)
        method = await use_code(work, user, code)
        if method is None:
            raise _wrong_code(work, user)
        await use_tickets_up(work, user)
        await record_used_code(work, user, method)
        await end_replaced(work, replaced)
        return await start_session(work, user.id, user.organization_id)

    async with context.limits.second_factor(holder.user_id):
        return await run_in_transaction(context, caller, complete)


def _wrong_code(work: UnitOfWork, user: FactorUser) -> MutationRejected:
    kind, changes = AuditKind.SESSION_SECOND_FACTOR_REFUSED, created({"email": user.email})
    work.audit_on_rejection(AuditEntry(kind, user.id, user.organization_id, changes=changes))
    return MutationRejected(Problem(ErrorCode.CODE_INVALID, "This code is not valid, or was used before.", CODE))
