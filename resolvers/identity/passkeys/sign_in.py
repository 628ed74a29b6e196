"""Signs in with a passkey: as the second factor, or as the only one.

A passkey is made and used with user verification, so alone it is a device and a PIN or a fingerprint. Nobody needs a
password with it, and no requirement of a second factor asks for more. Only where single sign-on is required, a passkey
alone is as little as a password. A refused passkey gets the same response after the same statements, whether the user,
the passkey or its signature is wrong.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update

from models import PLATFORM, AuditKind, ChallengePurpose, Passkey, SecondFactorMethod, TicketPurpose, User
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import token_hash
from resolvers.identity.passkeys.ceremonies import (
    KnownCredential,
    NotVerified,
    PasskeySite,
    PresentedPasskey,
    of_handle,
    presented_assertion,
    user_handle,
)
from resolvers.identity.passkeys.challenges import Binding, issue_challenge, use_challenge
from resolvers.identity.provider_rule import must_use_provider
from resolvers.identity.second_factors import FactorUser, lock_factors, lock_self
from resolvers.identity.session_start import SignedIn, start_session
from resolvers.identity.sessions import end_replaced, must_use_single_sign_on
from resolvers.identity.sign_in_tickets import lock_holder, use_tickets_up
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

CREDENTIAL: Final = ("input", "credential")

NOBODY: Final = UUID(int=0)
"""The id of no user."""


async def create_challenge(
    context: MutationContext, caller: Caller, purpose: ChallengePurpose, ticket: str | None
) -> str:
    """The options for using a passkey: to prove who the caller is, as the second factor of whoever holds the ticket, or
    to sign in without a password.

    Raises `MutationRejected`: RATE_LIMITED; UNAUTHENTICATED and FORBIDDEN for a proof; TICKET_INVALID.
    """
    is_alone = purpose is ChallengePurpose.SIGN_IN and ticket is None
    await context.limits.issue_passkey_challenge(caller.address, unprompted=is_alone)

    async def create(work: UnitOfWork) -> str:
        user = await _challenged(work, purpose, ticket)
        binding = _binding(work, user, purpose, ticket)
        challenge = await issue_challenge(work, purpose, binding)
        known = [] if user is None else await known_credentials(work, user)
        subject, organization = (None, None) if user is None else (user.id, user.organization_id)
        changes = created({"purpose": SecondFactorMethod.PASSKEY.value})
        entry = AuditEntry(AuditKind.SESSION_CHALLENGED, subject, organization, actor_id=subject, changes=changes)
        await work.audit(entry)
        return PasskeySite(work.context.origin).request_options(challenge, known)

    return await run_in_transaction(context, caller, create)


async def sign_in_with_passkey(
    context: MutationContext,
    caller: Caller,
    credential: str,
    ticket: str | None,
    *,
    replaced: SessionToken | None = None,
) -> SignedIn:
    """Start a session for the user whose passkey has signed a challenge: that of the ticket's holder, or with none, of
    whoever the passkey says. `replaced` is that of `sign_in`.

    Raises `MutationRejected`: RATE_LIMITED; TICKET_INVALID; SINGLE_SIGN_ON_REQUIRED if the passkey is right, but alone,
    and its user signs in at a provider; PASSKEY_INVALID for every other reason.
    """
    presented = _presented(credential)

    async def sign_in(work: UnitOfWork) -> SignedIn:
        user = await _presenting(work, presented, ticket)
        purpose = ChallengePurpose.SIGN_IN
        is_valid = await use_passkey(work, user, purpose, _binding(work, user, purpose, ticket), credential)
        if user is None or not is_valid:
            raise _rejection(work, user, ticket)
        if ticket is None and await _must_use_provider(work, user):
            _record_refusal(work, user, ticket)
            raise must_use_single_sign_on()
        await use_tickets_up(work, user)
        await end_replaced(work, replaced)
        return await start_session(work, user.id, user.organization_id)

    async with context.limits.use_passkey(caller.address):
        return await run_in_transaction(context, caller, sign_in)


async def use_passkey(
    work: UnitOfWork, user: FactorUser | None, purpose: ChallengePurpose, binding: Binding, credential: str
) -> bool:
    """Use a challenge up with a passkey of the user, who is locked. Returns whether the signature is valid; it never is
    if there is no user.

    A counter that doesn't grow means that somebody has copied the key (level 3, section 6.1.1), so it is refused;
    passkeys that are synchronized have none, which is always 0.
    """
    presented = _presented(credential)
    tenant_id, user_id = (PLATFORM, NOBODY) if user is None else (user.tenant_id, user.id)
    own = Passkey.tenant_id == tenant_id, Passkey.user_id == user_id
    columns = Passkey.id, Passkey.public_key, Passkey.sign_count
    found = await work.execute(select(*columns).where(*own, Passkey.credential_id == presented.credential_id))
    row, is_open = found.one_or_none(), await use_challenge(work, purpose, binding, presented.challenge)
    if row is None or not is_open or presented.user_handle not in (None, user_handle(tenant_id, user_id)):
        return False
    try:
        counter = PasskeySite(work.context.origin).verify_assertion(credential, presented.challenge, row.public_key)
    except NotVerified:
        return False
    if counter <= row.sign_count and (counter or row.sign_count):
        return False
    used = update(Passkey).where(*own, Passkey.id == row.id)
    await work.execute(used.values(sign_count=counter, last_used_at=func.now()))
    return True


def proof_binding(work: UnitOfWork, user: FactorUser) -> Binding:
    """The binding of a challenge by which the caller proves who they are."""
    return Binding(user.tenant_id, work.caller.session_hash)


async def _challenged(work: UnitOfWork, purpose: ChallengePurpose, ticket: str | None) -> FactorUser | None:
    if purpose is ChallengePurpose.PROVE:
        return (await lock_self(work))[0]
    return None if ticket is None else await lock_holder(work, ticket, TicketPurpose.SECOND_FACTOR)


def _binding(work: UnitOfWork, user: FactorUser | None, purpose: ChallengePurpose, ticket: str | None) -> Binding:
    if user is not None and purpose is ChallengePurpose.PROVE:
        return proof_binding(work, user)
    return Binding() if user is None or ticket is None else Binding(user.tenant_id, token_hash(ticket))


async def _presenting(work: UnitOfWork, presented: PresentedPasskey, ticket: str | None) -> FactorUser | None:
    """The user who is to be signed in: as the ticket says, or as the passkey says of itself, which the signature then
    has to show."""
    if ticket is not None:
        return await lock_holder(work, ticket, TicketPurpose.SECOND_FACTOR)
    return await lock_factors(work, *(of_handle(presented.user_handle) or (PLATFORM, NOBODY)))


async def known_credentials(work: UnitOfWork, user: FactorUser) -> list[KnownCredential]:
    """The credentials of a user's passkeys."""
    own = Passkey.tenant_id == user.tenant_id, Passkey.user_id == user.id
    found = await work.execute(select(Passkey.credential_id, Passkey.transports).where(*own).order_by(Passkey.id))
    return [KnownCredential(row.credential_id, row.transports) for row in found]


async def _must_use_provider(work: UnitOfWork, user: FactorUser) -> bool:
    users = User.__table__
    must = select(must_use_provider(users, work.context.staff_provider))
    is_user = users.c.tenant_id == user.tenant_id, users.c.id == user.id
    return bool((await work.execute(must.where(*is_user))).scalar_one())


def _presented(credential: str) -> PresentedPasskey:
    try:
        return presented_assertion(credential)
    except NotVerified:
        raise MutationRejected(passkey_invalid()) from None


def passkey_invalid() -> Problem:
    """The problem of everything that is not a valid answer of a known passkey to an open challenge."""
    message = "This passkey is not valid here, or it took too long to use it. Try again."
    return Problem(ErrorCode.PASSKEY_INVALID, message, CREDENTIAL)


def _rejection(work: UnitOfWork, user: FactorUser | None, ticket: str | None) -> MutationRejected:
    _record_refusal(work, user, ticket)
    return MutationRejected(passkey_invalid())


def _record_refusal(work: UnitOfWork, user: FactorUser | None, ticket: str | None) -> None:
    kind = AuditKind.SESSION_REFUSED if ticket is None else AuditKind.SESSION_SECOND_FACTOR_REFUSED
    email = user.email if user is not None else None
    changes = created({"email": email, "method": SecondFactorMethod.PASSKEY.value})
    subject, organization = (user.id, user.organization_id) if user is not None else (None, None)
    work.audit_on_rejection(AuditEntry(kind, subject, organization, changes=changes))
