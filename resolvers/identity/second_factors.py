"""The second factors of a user: which there are, and whether a code is one of theirs.

A factor counts from the moment in which it is confirmed. All reads and changes lock the user's row first, so that two
codes, or a code and the removal of its factor, come one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, delete, exists, false, func, select, update

from authz.actor import Actor
from models import Organization, Passkey, RecoveryCode, SecondFactorMethod, TotpFactor, User, is_active, organization_of
from resolvers.encryption import decrypt, encrypt
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.recovery_codes import normalize_code, use_recovery_code
from resolvers.identity.totp import is_code, matching_step
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.acting import not_signed_in
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork

TOTP_SECRET = "totp secret"  # noqa: S105 (the purpose of a key)

_TENANT: Final = bindparam("tenant_id", type_=Uuid())
_USER: Final = bindparam("user_id", type_=Uuid())


@dataclass(frozen=True, slots=True)
class FactorUser:
    """An active user, whose row is locked, and what they have in addition to a password.

    `is_required` tells whether their organization requires a second factor, or for staff, the operator."""

    id: UUID
    tenant_id: UUID
    email: str
    password_hash: str | None
    has_totp: bool
    passkeys: int
    recovery_codes: int
    is_required: bool

    @property
    def organization_id(self) -> UUID | None:
        """The user's organization; None for staff."""
        return organization_of(self.tenant_id)

    @property
    def has_any(self) -> bool:
        """Whether the user has a second factor. Recovery codes alone are none: they only replace one."""
        return self.has_totp or self.passkeys > 0

    @property
    def methods(self) -> Sequence[SecondFactorMethod]:
        """What the user can give as a second factor; empty if they have none."""
        if not self.has_any:
            return ()
        offered = {
            SecondFactorMethod.TOTP: self.has_totp,
            SecondFactorMethod.PASSKEY: self.passkeys > 0,
            SecondFactorMethod.RECOVERY_CODE: self.recovery_codes > 0,
        }
        return [method for method, is_offered in offered.items() if is_offered]


async def lock_factors(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> FactorUser | None:
    """Lock an active user, and return what they have; None if there is none."""
    # A statement that had to wait for the lock would see the factors from before the wait.
    parameters = {"tenant_id": tenant_id, "user_id": user_id}
    rows = await work.lock_and_execute(RowLocks(_lock(), parameters), _factors(), parameters)
    row = rows.one_or_none()
    if row is None:
        return None
    user = FactorUser(*row)
    if user.organization_id is None and work.context.staff_second_factor:
        return replace(user, is_required=True)
    return user


@cache
def _lock() -> PreparedStatement:
    return PreparedStatement(select(User.id).where(*_is_user()).with_for_update(key_share=True))


@cache
def _factors() -> PreparedStatement:
    codes = select(func.count()).where(RecoveryCode.tenant_id == _TENANT, RecoveryCode.user_id == _USER)
    passkeys = select(func.count()).where(Passkey.tenant_id == _TENANT, Passkey.user_id == _USER)
    requires = select(Organization.requires_second_factor).where(Organization.id == _TENANT)
    columns = (
        User.id,
        User.tenant_id,
        User.email,
        User.password_hash,
        exists().where(TotpFactor.tenant_id == _TENANT, TotpFactor.user_id == _USER).label("has_totp"),
        passkeys.scalar_subquery().label("passkeys"),
        codes.scalar_subquery().label("recovery_codes"),
        func.coalesce(requires.scalar_subquery(), false()).label("is_required"),
    )
    return PreparedStatement(select(*columns).where(*_is_user(), is_active(User.__table__)))


def _is_user() -> tuple[ColumnElement[bool], ...]:
    return User.tenant_id == _TENANT, User.id == _USER


async def lock_self(work: UnitOfWork) -> tuple[FactorUser, Actor]:
    """Lock the caller, and return what they have. Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for an API
    client."""
    expected = work.caller.actor
    # For update first: two transactions that share the lock of `lock_actor` and then write would deadlock.
    user = None if expected is None else await lock_factors(work, expected.tenant_id, expected.id)
    actor, _ = await work.lock_actor()
    if actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "API clients have no second factors. Only users do."))
    if user is None:
        raise not_signed_in()
    return user, actor


async def delete_factors(work: UnitOfWork, tenant_id: UUID, *user_ids: UUID) -> int:
    """Delete all second factors of these users of a tenant, who are locked. Returns how many there were."""
    codes = delete(RecoveryCode).where(RecoveryCode.tenant_id == tenant_id, RecoveryCode.user_id.in_(user_ids))
    apps = delete(TotpFactor).where(TotpFactor.tenant_id == tenant_id, TotpFactor.user_id.in_(user_ids))
    keys = delete(Passkey).where(Passkey.tenant_id == tenant_id, Passkey.user_id.in_(user_ids))
    app, key = apps.returning(TotpFactor.id).cte("apps"), keys.returning(Passkey.id).cte("keys")
    deleted = select(app.c.id).add_cte(codes.cte("codes")).union_all(select(key.c.id))
    return len((await work.execute(deleted)).all())


async def delete_app(work: UnitOfWork, user: FactorUser) -> None:
    """Delete the app of a user, who is locked, and with their last second factor their recovery codes."""
    own = TotpFactor.tenant_id == user.tenant_id, TotpFactor.user_id == user.id
    await work.execute(delete(TotpFactor).where(*own))
    if not user.passkeys:
        await delete_recovery_codes(work, user)


async def delete_recovery_codes(work: UnitOfWork, user: FactorUser) -> None:
    """Delete the recovery codes of a user, who is locked and has lost their last second factor."""
    own = RecoveryCode.tenant_id == user.tenant_id, RecoveryCode.user_id == user.id
    await work.execute(delete(RecoveryCode).where(*own))


async def use_code(work: UnitOfWork, user: FactorUser, code: str) -> SecondFactorMethod | None:
    """Use up a code of the user's app, or one of their recovery codes. Returns which it was, and None, having changed
    nothing, if it is neither, or has been used before."""
    typed = "".join(code.split())
    if is_code(typed):
        return SecondFactorMethod.TOTP if await _use_totp(work, user, typed) else None
    recovery_code = normalize_code(code)
    if recovery_code is None or not user.has_any:
        return None
    used = await use_recovery_code(work, user.tenant_id, user.id, recovery_code)
    return SecondFactorMethod.RECOVERY_CODE if used else None


async def _use_totp(work: UnitOfWork, user: FactorUser, code: str) -> bool:
    own = TotpFactor.tenant_id == user.tenant_id, TotpFactor.user_id == user.id
    columns = TotpFactor.id, TotpFactor.secret, TotpFactor.last_step, func.extract("epoch", func.now()).label("now")
    row = (await work.execute(select(*columns).where(*own))).one_or_none()
    if row is None:
        return False
    secret = decrypt_secret(work.context.secret_key, row.id, row.secret)
    step = None if secret is None else matching_step(secret, code, float(row.now), row.last_step)
    if step is None:
        return False
    used = update(TotpFactor).where(*own).values(last_step=step, last_used_at=func.now())
    await work.execute(used)
    return True


def encrypt_secret(key: bytes, factor_id: UUID, secret: str) -> bytes:
    """The secret of an app as the row `factor_id` stores it."""
    return encrypt(key, TOTP_SECRET, factor_id.bytes, secret.encode())


def decrypt_secret(key: bytes, factor_id: UUID, stored: bytes) -> str | None:
    """The secret that `encrypt_secret` encrypted; None if the server has another key now."""
    content = decrypt(key, TOTP_SECRET, factor_id.bytes, stored)
    return None if content is None else content.decode()
