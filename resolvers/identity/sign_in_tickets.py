"""Sign-in tickets: for whoever has given the right password, but not yet everything that a session needs.

A ticket opens nothing but the one step that its purpose names: a mutation that takes it. It has 256 random bits, and
ends when it is used, when it expires, and with everything that ends the sessions of its user.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Row, Select, and_, delete, func, insert, select

from models import AuditKind, SecondFactorMethod, SignInTicket, TicketPurpose, User, is_active, new_id
from resolvers.callers.credentials import carried_tenant
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import new_token, token_hash
from resolvers.identity.second_factors import FactorUser, lock_factors
from resolvers.prepared_statement import single_statements
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork

OPEN_TICKETS: Final = 5
"""How many open tickets a user has at most. A further one ends the oldest."""

TICKET: Final = ("input", "ticket")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A new ticket, which only the caller gets. `methods` are the second factors of which one is to be given; there are
    none if the user has to set one up first."""

    token: str
    expires_at: datetime
    methods: Sequence[SecondFactorMethod]


class SecondFactorNeeded(Exception):
    """The password is right, but the user has a second factor, or has to set one up: the `ticket` is for that."""

    def __init__(self, ticket: NewTicket) -> None:
        self.ticket = ticket
        super().__init__("a second factor is needed")


async def issue_ticket(work: UnitOfWork, user: FactorUser) -> NewTicket:
    """Issue a ticket to a user who has given the right password: for the second factor if they have one, else for
    setting one up."""
    purpose = TicketPurpose.SECOND_FACTOR if user.has_any else TicketPurpose.ENROLLMENT
    token = new_token(user.tenant_id)
    own = SignInTicket.tenant_id == user.tenant_id, SignInTicket.user_id == user.id
    newest = select(SignInTicket.id).where(*own).order_by(SignInTicket.id.desc()).limit(OPEN_TICKETS - 1)
    ended = delete(SignInTicket).where(*own, (SignInTicket.expires_at <= func.now()) | SignInTicket.id.not_in(newest))
    issued = insert(SignInTicket).values(
        id=new_id(),
        tenant_id=user.tenant_id,
        user_id=user.id,
        purpose=purpose.value,
        token_hash=token_hash(token),
        expires_at=func.now() + work.context.lifetimes.ticket,
    )
    statement = issued.returning(SignInTicket.expires_at).add_cte(ended.cte("ended"))
    expires_at = (await work.execute(statement)).scalar_one()
    methods = user.methods
    changes = created({"purpose": purpose.value})
    kind = AuditKind.SESSION_CHALLENGED
    await work.audit(AuditEntry(kind, user.id, user.organization_id, actor_id=user.id, changes=changes))
    return NewTicket(token, expires_at, methods)


async def holder_of(context: MutationContext, token: str, purpose: TicketPurpose) -> Row[*tuple[Any, ...]]:
    """The user who holds a ticket: `user_id`, `tenant_id` and `email`. Raises `MutationRejected` (TICKET_INVALID)."""
    async with single_statements(context.engine) as connection:
        row = (await connection.execute(_select(token, purpose))).one_or_none()
    if row is None:
        raise ticket_invalid()
    return row


async def lock_holder(work: UnitOfWork, token: str, purpose: TicketPurpose) -> FactorUser:
    """Lock the user who holds a ticket, and return what they have. Raises `MutationRejected` (TICKET_INVALID) if it is
    invalid, or invalid by now."""
    row = (await work.execute(_select(token, purpose))).one_or_none()
    user = None if row is None else await lock_factors(work, row.tenant_id, row.user_id)
    # Once more, now that nobody else can use it or end it.
    if user is None or (await work.execute(_select(token, purpose))).one_or_none() is None:
        raise ticket_invalid()
    return user


async def use_tickets_up(work: UnitOfWork, user: FactorUser) -> None:
    """End all tickets of a user, who has finished the step that one of them was for."""
    await work.execute(tickets_of(user.tenant_id, user.id))


def tickets_of(tenant_id: UUID, *user_ids: UUID) -> Delete:
    """The DELETE that ends all tickets of these users of a tenant, for `execute` or as a CTE of a change."""
    return delete(SignInTicket).where(SignInTicket.tenant_id == tenant_id, SignInTicket.user_id.in_(user_ids))


def ticket_invalid() -> MutationRejected:
    """The rejection of whatever is not an open ticket for this step."""
    message = "The sign-in has expired, or was finished elsewhere. Sign in again with your password."
    return MutationRejected(Problem(ErrorCode.TICKET_INVALID, message, TICKET))


def _select(token: str, purpose: TicketPurpose) -> Select[*tuple[Any, ...]]:
    tenant_id = carried_tenant(token)
    is_holder = and_(User.tenant_id == SignInTicket.tenant_id, User.id == SignInTicket.user_id)
    return (
        select(SignInTicket.user_id, SignInTicket.tenant_id, User.email)
        .join(User, is_holder)
        .where(*_is_open(token, tenant_id, purpose), User.tenant_id == tenant_id, is_active(User.__table__))
    )


def _is_open(token: str, tenant_id: UUID | None, purpose: TicketPurpose) -> tuple[ColumnElement[bool], ...]:
    return (
        SignInTicket.tenant_id == tenant_id,
        SignInTicket.token_hash == token_hash(token),
        SignInTicket.purpose == purpose.value,
        SignInTicket.expires_at > func.now(),
    )
