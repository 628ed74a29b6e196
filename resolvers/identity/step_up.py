"""Step-up authentication: what gives somebody access asks for a proof of who they are that is not too old (RFC 9470).

A sign-in is a proof, and so is `reauthenticate`. A session that somebody finds open on a desk, or steals, can still
read and make small changes, but nobody can use it to stay. API clients are not people, and have no session: their
scopes bound what they may do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

from sqlalchemy import func, select, update

from authz.actor import Actor
from models import AuditKind, ChallengePurpose, SecondFactorMethod, Session
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.factor_changes import record_used_code
from resolvers.identity.hashing import verify_password
from resolvers.identity.passkeys.sign_in import passkey_invalid, proof_binding, use_passkey
from resolvers.identity.second_factors import FactorUser, lock_factors, lock_self, use_code
from resolvers.identity.sessions import line_of, place_for
from resolvers.transaction.acting import not_signed_in
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

PASSWORD: Final = ("input", "password")
CODE: Final = ("input", "code")
PASSKEY: Final = ("input", "passkey")


@dataclass(frozen=True, slots=True)
class GivenProof:
    """What a user proves who they are with: exactly one of these."""

    password: str | None = None
    code: str | None = None
    passkey: str | None = None


def require_recent_proof(work: UnitOfWork, actor: Actor) -> None:
    """Raise `MutationRejected` (REAUTHENTICATION_REQUIRED) if the last proof of the actor, as `lock_actor` has returned
    them, is too old. It never is for an API client, and for callers without a session, such as the command line."""
    if actor.proof_age is not None and actor.proof_age > work.context.lifetimes.proof:
        message = "Confirm that it is you, with `reauthenticate`, and try again."
        raise MutationRejected(Problem(ErrorCode.REAUTHENTICATION_REQUIRED, message))


async def reauthenticate(context: MutationContext, caller: Caller, proof: GivenProof) -> datetime:
    """Record that the caller has proved again who they are. Returns until when that counts.

    A user with a second factor gives a code or a passkey; the password alone would let whoever knows it use an open
    session. Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for an API client; INVALID; RATE_LIMITED, as for a
    sign-in; CREDENTIALS_INVALID; CODE_INVALID; PASSKEY_INVALID. Raises QueueFull. No connection and no lock is held
    while a password is verified.
    """
    user, _ = await run_in_transaction(context, caller, lock_self)
    problem = _unfit(proof, user)
    if problem is not None:
        raise MutationRejected(problem)
    if proof.passkey is not None:
        return await _by_passkey(context, caller, proof.passkey)
    if proof.code is not None:
        return await _by_code(context, caller, user, proof.code)
    return await _by_password(context, caller, user, proof.password or "")


def _unfit(proof: GivenProof, user: FactorUser) -> Problem | None:
    if [proof.password, proof.code, proof.passkey].count(None) != 2:
        return invalid("Give one of these: your password, a code, or a passkey.", "input")
    if proof.password is not None and user.has_any:
        return invalid("You have a second factor. Give it instead of your password.", *PASSWORD)
    if proof.code is not None and not user.has_any:
        return invalid("You have no second factor. Give your password.", *CODE)
    return None


async def _by_passkey(context: MutationContext, caller: Caller, credential: str) -> datetime:
    async def prove(work: UnitOfWork) -> datetime:
        current, _ = await lock_self(work)
        binding = proof_binding(work, current)
        if not await use_passkey(work, current, ChallengePurpose.PROVE, binding, credential):
            problem = passkey_invalid()
            _refuse(work, current, problem.code, problem.message, PASSKEY)
        return await _record(work, current, SecondFactorMethod.PASSKEY.value)

    async with context.limits.use_passkey(caller.address):
        return await run_in_transaction(context, caller, prove)


async def _by_code(context: MutationContext, caller: Caller, user: FactorUser, code: str) -> datetime:
    async def prove(work: UnitOfWork) -> datetime:
        current, _ = await lock_self(work)
        method = await use_code(work, current, code)
        if method is None:
            _refuse(work, current, ErrorCode.CODE_INVALID, "This code is not valid, or was used before.", CODE)
        await record_used_code(work, current, method)
        return await _record(work, current, method.value)

    async with context.limits.second_factor(user.id):
        return await run_in_transaction(context, caller, prove)


async def _by_password(context: MutationContext, caller: Caller, user: FactorUser, password: str) -> datetime:
    async with context.limits.sign_in(user.email, caller.address) as attempt:
        place = place_for(context, caller, line_of(known=attempt.known))
        is_correct = await verify_password(user.password_hash, password, place)

        async def prove(work: UnitOfWork) -> datetime:
            current = await lock_factors(work, user.tenant_id, user.id)
            if not is_correct or current != user:
                _refuse(work, user, ErrorCode.CREDENTIALS_INVALID, "This is not your password.", PASSWORD)
            await work.lock_actor()
            return await _record(work, user, "PASSWORD")

        return await run_in_transaction(context, caller, prove)


async def _record(work: UnitOfWork, user: FactorUser, method: str) -> datetime:
    own = Session.tenant_id == user.tenant_id, Session.token_hash == work.caller.session_hash
    proved = update(Session).where(*own).values(proved_at=func.now()).returning(Session.proved_at).cte("proved")
    until = select(proved.c.proved_at + work.context.lifetimes.proof)
    expires_at: datetime | None = (await work.execute(until)).scalar_one_or_none()
    if expires_at is None:
        raise not_signed_in()
    changes = created({"method": method})
    await work.audit(AuditEntry(AuditKind.SESSION_REAUTHENTICATED, user.id, user.organization_id, changes=changes))
    return expires_at


def _refuse(work: UnitOfWork, user: FactorUser, code: ErrorCode, message: str, path: tuple[str, ...]) -> NoReturn:
    kind = AuditKind.SESSION_REAUTHENTICATION_REFUSED
    work.audit_on_rejection(AuditEntry(kind, user.id, user.organization_id))
    raise MutationRejected(Problem(code, message, path))
