"""What every change of a user's second factors entails: an audit event, a mail to the user, and the end of their other
sessions, as after a new password."""

from enum import StrEnum

from models import AuditKind, MailKind, SecondFactorMethod
from resolvers.identity.second_factors import FactorUser
from resolvers.identity.sessions import end_all_sessions
from resolvers.transaction.audit_log import AuditEntry, Changes, created
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork


class FactorChange(StrEnum):
    """What a mail says has happened to the second factors of its recipient."""

    TOTP_ADDED = "TOTP_ADDED"
    TOTP_REMOVED = "TOTP_REMOVED"
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PASSKEY_REMOVED = "PASSKEY_REMOVED"
    RECOVERY_CODES_CREATED = "RECOVERY_CODES_CREATED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    RESET = "RESET"


async def record_change(
    work: UnitOfWork, user: FactorUser, kind: AuditKind, change: FactorChange, changes: Changes | None = None
) -> None:
    """Record a change that the user has made themselves, tell them, and end their other sessions. Raises
    `MutationRejected` (RATE_LIMITED) after too many changes."""
    await work.context.limits.change_second_factors(user.id)
    await end_all_sessions(work, user.tenant_id, user.id, except_token_hash=work.caller.session_hash)
    await work.audit(AuditEntry(kind, user.id, user.organization_id, actor_id=user.id, changes=changes))
    await work.send(factor_mail(user, change))


async def record_used_code(work: UnitOfWork, user: FactorUser, method: SecondFactorMethod) -> None:
    """Record that a user has used up a recovery code, and tell them: perhaps it was somebody else."""
    if method is SecondFactorMethod.RECOVERY_CODE:
        left = created({"left": user.recovery_codes - 1})
        kind = AuditKind.USER_RECOVERY_CODE_USED
        await work.audit(AuditEntry(kind, user.id, user.organization_id, actor_id=user.id, changes=left))
        await work.send(factor_mail(user, FactorChange.RECOVERY_CODE_USED, left=user.recovery_codes - 1))


def factor_mail(user: FactorUser, change: FactorChange, *, left: int | None = None) -> OutgoingMail:
    """The mail that tells a user about a change. `left` is the number of recovery codes that they still have."""
    values = {"change": change.value, "left": left}
    kind = MailKind.SECOND_FACTORS_CHANGED
    return OutgoingMail(kind, user.email, user.id, user.organization_id, (), values=values)
