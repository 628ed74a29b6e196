"""Sets up the authenticator app of a user, and removes it.

Starting stores nothing: the new secret travels to the client and back in a sealed text, which only this user can
confirm, and only for a while. A factor begins to exist when a code shows that the app has the secret.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from models import AuditKind, SecondFactorMethod, TicketPurpose, TotpFactor, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.encryption import decrypt, encrypt
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.enrollment import EnrolledFactor, finish_enrollment, lock_enrolling, require_another_factor
from resolvers.identity.factor_changes import FactorChange, record_change
from resolvers.identity.recovery_codes import replace_codes
from resolvers.identity.second_factors import FactorUser, delete_app, encrypt_secret, lock_self
from resolvers.identity.sign_in_tickets import holder_of
from resolvers.identity.step_up import require_recent_proof
from resolvers.identity.totp import QrCode, matching_step, new_secret, provisioning_uri, qr_code
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

ENROLLMENT: Final = ("input", "enrollment")
CODE: Final = ("input", "code")
ENROLLMENT_MAX: Final = 1_000
"""The maximum number of characters of the sealed text."""

_PURPOSE: Final = "totp enrollment"
_ISSUER: Final = "Portico"
_TOTP: Final = {"method": SecondFactorMethod.TOTP.value}


@dataclass(frozen=True, slots=True)
class StartedTotp:
    """A secret that is to be entered into an app: in base32, as an address, and as a QR code of it. `enrollment` is the
    sealed text that `confirm_totp` takes."""

    enrollment: str
    secret: str
    uri: str
    qr_code: QrCode


async def start_totp(work: UnitOfWork, ticket: str | None) -> StartedTotp:
    """A new secret for the caller, or for whoever holds the ticket of a sign-in that requires one. Raises
    `MutationRejected` as `lock_enrolling` does."""
    user = await lock_enrolling(work, ticket)
    secret = new_secret()
    uri = provisioning_uri(secret, user.email, _ISSUER)
    enrollment = await _seal(work, user, secret)
    kind, changes = AuditKind.USER_SECOND_FACTOR_STARTED, created(_TOTP)
    await work.audit(AuditEntry(kind, user.id, user.organization_id, actor_id=user.id, changes=changes))
    return StartedTotp(enrollment, secret, uri, qr_code(uri))


async def confirm_totp(
    context: MutationContext,
    caller: Caller,
    enrollment: str,
    code: str,
    ticket: str | None,
    *,
    replaced: SessionToken | None = None,
) -> EnrolledFactor:
    """Set up the app that has the secret of the enrollment, as a code of it shows. It replaces the one that the user
    has. With a ticket, this also starts a session; `replaced` is that of `sign_in`.

    Raises `MutationRejected` as `start_totp` does; INVALID for an enrollment that has expired, or is somebody else's;
    CODE_INVALID; RATE_LIMITED.
    """
    user_id = await _enrolling_id(context, caller, ticket)

    async def confirm(work: UnitOfWork) -> EnrolledFactor:
        user = await lock_enrolling(work, ticket)
        await _store(work, user, await _unseal(work, user, enrollment), code)
        return await finish_enrollment(work, user, FactorChange.TOTP_ADDED, _TOTP, ticket=ticket, replaced=replaced)

    async with context.limits.second_factor(user_id):
        return await run_in_transaction(context, caller, confirm)


async def remove_totp(work: UnitOfWork) -> UUID:
    """Remove the caller's app, and with their last second factor their recovery codes. Returns their user id.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client, REAUTHENTICATION_REQUIRED, NOT_FOUND,
    SECOND_FACTOR_REQUIRED.
    """
    user, actor = await lock_self(work)
    require_recent_proof(work, actor)
    if not user.has_totp:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "You have not set up an authenticator app."))
    if not user.passkeys:
        require_another_factor(user)
    await delete_app(work, user)
    kind = AuditKind.USER_SECOND_FACTOR_REMOVED
    await record_change(work, user, kind, FactorChange.TOTP_REMOVED, created(_TOTP))
    return user.id


async def create_recovery_codes(work: UnitOfWork) -> list[str]:
    """Replace the caller's recovery codes by new ones, and return these.

    Raises `MutationRejected`: UNAUTHENTICATED, FORBIDDEN for an API client, REAUTHENTICATION_REQUIRED, NOT_FOUND
    without a second factor.
    """
    user, actor = await lock_self(work)
    require_recent_proof(work, actor)
    if not user.has_any:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "Set up a second factor first."))
    codes = await replace_codes(work, user.tenant_id, user.id)
    await record_change(work, user, AuditKind.USER_RECOVERY_CODES_CREATED, FactorChange.RECOVERY_CODES_CREATED)
    return codes


async def _enrolling_id(context: MutationContext, caller: Caller, ticket: str | None) -> UUID:
    """The user whose attempts count. Whether they may enroll is found out in the transaction."""
    if ticket is not None:
        user_id: UUID = (await holder_of(context, ticket, TicketPurpose.ENROLLMENT)).user_id
        return user_id
    if caller.actor is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
    return caller.actor.id


async def _store(work: UnitOfWork, user: FactorUser, secret: str, code: str) -> None:
    step = matching_step(secret, "".join(code.split()), await _now(work), last_step=-1)
    if step is None:
        message = "This code doesn't match. Enter the code that the app shows now."
        raise MutationRejected(Problem(ErrorCode.CODE_INVALID, message, CODE))
    await work.execute(delete(TotpFactor).where(TotpFactor.tenant_id == user.tenant_id, TotpFactor.user_id == user.id))
    factor_id = new_id()
    values = {"id": factor_id, "tenant_id": user.tenant_id, "user_id": user.id, "last_step": step}
    stored = encrypt_secret(work.context.secret_key, factor_id, secret)
    await work.execute(insert(TotpFactor).values(**values, secret=stored))


async def _seal(work: UnitOfWork, user: FactorUser, secret: str) -> str:
    until = await _now(work) + work.context.lifetimes.ticket.total_seconds()
    content = json.dumps({"secret": secret, "until": until}).encode()
    sealed = encrypt(work.context.secret_key, _PURPOSE, user.id.bytes, content)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


async def _unseal(work: UnitOfWork, user: FactorUser, enrollment: str) -> str:
    content = _decrypted(work.context.secret_key, user, enrollment)
    if content is not None:
        opened = json.loads(content)
        if opened["until"] > await _now(work):
            secret: str = opened["secret"]
            return secret
    message = "This has expired, or was started by somebody else. Start again."
    raise MutationRejected(invalid(message, *ENROLLMENT))


def _decrypted(key: bytes, user: FactorUser, enrollment: str) -> bytes | None:
    try:
        padded = enrollment[:ENROLLMENT_MAX].encode("ascii") + b"=" * (-len(enrollment) % 4)
        return decrypt(key, _PURPOSE, user.id.bytes, base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None


async def _now(work: UnitOfWork) -> float:
    """The seconds since 1970 by the clock of the database, which all servers share."""
    return float((await work.execute(select(func.extract("epoch", func.now())))).scalar_one())
