"""Passkeys of users: adding, naming and removing them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update

from models import AuditKind, ChallengePurpose, Passkey, SecondFactorMethod, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.enrollment import EnrolledFactor, finish_enrollment, lock_enrolling, require_another_factor
from resolvers.identity.factor_changes import FactorChange, record_change
from resolvers.identity.hashing import token_hash
from resolvers.identity.passkeys.ceremonies import (
    KnownCredential,
    NewCredential,
    NotVerified,
    PasskeySite,
    presented_registration,
    user_handle,
)
from resolvers.identity.passkeys.challenges import Binding, issue_challenge, use_challenge
from resolvers.identity.passkeys.sign_in import known_credentials
from resolvers.identity.second_factors import FactorUser, delete_recovery_codes, lock_self
from resolvers.identity.step_up import require_recent_proof
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.text import name_problems, normalize_name

NAME_MAX: Final = 100
MAX_PASSKEYS: Final = 20
"""The maximum number of passkeys of a user."""

CREDENTIAL, NAME, ID = ("input", "credential"), ("input", "name"), ("input", "id")


async def start_registration(work: UnitOfWork, ticket: str | None) -> str:
    """The options for making a passkey, for the caller, or for whoever holds the ticket of a sign-in that requires a
    second factor. Raises `MutationRejected` as `lock_enrolling` does, RATE_LIMITED, and LIMIT_REACHED."""
    await work.context.limits.issue_passkey_challenge(work.caller.address)
    user = await lock_enrolling(work, ticket)
    known = await known_credentials(work, user)
    _require_room(known)
    challenge = await issue_challenge(work, ChallengePurpose.REGISTER, _binding(work, user, ticket))
    kind, changes = AuditKind.USER_SECOND_FACTOR_STARTED, created({"method": SecondFactorMethod.PASSKEY.value})
    await work.audit(AuditEntry(kind, user.id, user.organization_id, actor_id=user.id, changes=changes))
    handle = user_handle(user.tenant_id, user.id)
    return PasskeySite(work.context.origin).creation_options(challenge, handle, user.email, known)


async def add_passkey(
    context: MutationContext,
    caller: Caller,
    credential: str,
    name: str,
    ticket: str | None,
    *,
    replaced: SessionToken | None = None,
) -> EnrolledFactor:
    """Add the passkey that a browser has made. With a ticket, this also starts a session; `replaced` is that of
    `sign_in`. Raises `MutationRejected` as `start_registration` does; INVALID for the name, or for a credential that
    doesn't answer an open challenge of this session."""

    async def add(work: UnitOfWork) -> EnrolledFactor:
        user = await lock_enrolling(work, ticket)
        if problems := list(name_problems(name, NAME_MAX, *NAME)):
            raise MutationRejected(problems)
        made = await verified(work, _binding(work, user, ticket), credential)
        return await store(work, user, made, name, ticket=ticket, replaced=replaced)

    return await run_in_transaction(context, caller, add)


async def rename_passkey(work: UnitOfWork, passkey_id: UUID | None, name: str) -> UUID:
    """Rename a passkey of the caller. Returns their user id. Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for
    an API client, NOT_FOUND, INVALID."""
    user, _ = await lock_self(work)
    before = await _name_of(work, user, passkey_id)
    if problems := list(name_problems(name, NAME_MAX, *NAME)):
        raise MutationRejected(problems)
    new = normalize_name(name)
    await work.execute(update(Passkey).where(*_is_own(user, passkey_id)).values(name=new))
    entry = AuditEntry(
        AuditKind.USER_SECOND_FACTOR_RENAMED, user.id, user.organization_id, changes={"name": (before, new)}
    )
    await work.audit(entry)
    return user.id


async def remove_passkey(work: UnitOfWork, passkey_id: UUID | None) -> UUID:
    """Remove a passkey of the caller, and with their last second factor their recovery codes. Returns their user id.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client, REAUTHENTICATION_REQUIRED, NOT_FOUND,
    SECOND_FACTOR_REQUIRED.
    """
    user, actor = await lock_self(work)
    require_recent_proof(work, actor)
    name = await _name_of(work, user, passkey_id)
    is_last = user.passkeys == 1 and not user.has_totp
    if is_last:
        require_another_factor(user)
    await work.execute(delete(Passkey).where(*_is_own(user, passkey_id)))
    if is_last:
        await delete_recovery_codes(work, user)
    changes = {"method": (SecondFactorMethod.PASSKEY.value, None), "name": (name, None)}
    await record_change(work, user, AuditKind.USER_SECOND_FACTOR_REMOVED, FactorChange.PASSKEY_REMOVED, changes)
    return user.id


def _binding(work: UnitOfWork, user: FactorUser, ticket: str | None) -> Binding:
    return Binding(user.tenant_id, work.caller.session_hash if ticket is None else token_hash(ticket))


async def verified(work: UnitOfWork, binding: Binding, credential: str) -> NewCredential:
    """The credential that a browser has made for an open challenge with this binding, which it uses up. Raises
    `MutationRejected` (INVALID)."""
    try:
        challenge = presented_registration(credential)
        if await use_challenge(work, ChallengePurpose.REGISTER, binding, challenge):
            return PasskeySite(work.context.origin).verify_registration(credential, challenge)
    except NotVerified:
        pass
    message = "This is no passkey for this site, or it took too long to make it. Try again."
    raise MutationRejected(invalid(message, *CREDENTIAL))


async def store(
    work: UnitOfWork,
    user: FactorUser,
    made: NewCredential,
    name: str,
    *,
    ticket: str | None = None,
    replaced: SessionToken | None = None,
) -> EnrolledFactor:
    """Store a new credential of a user, who is locked, under a valid name, with all that comes with a second factor.

    `ticket` and `replaced` are those of `add_passkey`. Raises `MutationRejected`: LIMIT_REACHED; INVALID if they have
    it already; RATE_LIMITED.
    """
    known = await known_credentials(work, user)
    _require_room(known)
    if made.id in [each.id for each in known]:
        raise MutationRejected(invalid("You have added this passkey already.", *CREDENTIAL))
    name = normalize_name(name)
    values = {"id": new_id(), "tenant_id": user.tenant_id, "user_id": user.id, "name": name}
    stored = {"credential_id": made.id, "public_key": made.public_key, "sign_count": made.sign_count}
    await work.execute(insert(Passkey).values(**values, **stored, transports=made.transports))
    added = {"method": SecondFactorMethod.PASSKEY.value, "name": name}
    return await finish_enrollment(work, user, FactorChange.PASSKEY_ADDED, added, ticket=ticket, replaced=replaced)


def _require_room(known: Sequence[KnownCredential]) -> None:
    if len(known) >= MAX_PASSKEYS:
        message = f"You already have {MAX_PASSKEYS} passkeys. Remove one that you no longer use."
        raise MutationRejected(Problem(ErrorCode.LIMIT_REACHED, message))


async def _name_of(work: UnitOfWork, user: FactorUser, passkey_id: UUID | None) -> str:
    found = await work.execute(select(Passkey.name).where(*_is_own(user, passkey_id)))
    name: str | None = found.scalar_one_or_none()
    if name is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "You have no passkey with this ID.", ID))
    return name


def _is_own(user: FactorUser, passkey_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    return Passkey.tenant_id == user.tenant_id, Passkey.user_id == user.id, Passkey.id == passkey_id
