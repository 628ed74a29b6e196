"""Idempotency keys: a mutation that is sent twice under the same key runs once, and its answer is replayed.

A mutation runs under a **claim** on its key: a row that is committed before the mutation begins, so that no connection
and no lock is held while it runs. The unit of work marks that row in the same transaction as the change
(`mark_committed`). If the process dies, the row therefore shows whether the change was committed. If
not, the next request takes the claim over, and the attempt number prevents the previous attempt, if it is still
running, from committing. If so, the mutation is never run again.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Double,
    Interval,
    LargeBinary,
    Row,
    Uuid,
    and_,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from models import IdempotencyKey, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import LEASE, IdempotencyClaim, is_held
from resolvers.encryption import decrypt, encrypt, keyed_hash
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.alone import run_alone
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

ANSWER = "idempotency answer"
NOW = func.statement_timestamp()


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A mutation sent under a key: `owner_id` is the user or API client that the key belongs to, in the tenant
    `tenant_id`, `content` identifies the mutation with its variables."""

    tenant_id: UUID
    owner_id: UUID
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """The mutation is running. Its claim expires in `seconds`, unless it is extended."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Completed:
    """The mutation was run, with this answer."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The mutation was run, but its answer is lost."""


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used for another mutation."""


ClaimResult = IdempotencyClaim | InProgress | Completed | AnswerLost | KeyReused


async def claim(context: MutationContext, request: IdempotentRequest) -> ClaimResult:
    """Claim the right to run the mutation, or return why it can't be run. Doesn't wait for a running mutation."""
    # Most keys are new, and then this one statement is enough.
    inserted = await run_alone(context, _insert_key(), _new_key(context, request))
    if inserted:
        return IdempotencyClaim(request.tenant_id, inserted[0].id, 1)
    # As short as the first, so it needs no place either, for which it would wait beside all who send a key again.
    short = replace(context, places=None)
    return await run_in_transaction(short, Caller(), lambda work: _claim_existing(work, request))


async def store(context: MutationContext, request: IdempotentRequest, claim: IdempotencyClaim, answer: bytes) -> bool:
    """Store the answer for replay. Returns False if the claim was taken over or has expired."""
    encrypted = encrypt(_answer_key(context, request), ANSWER, _place(claim.id), answer)
    return bool(await run_alone(context, _store_answer(), {**claim.parameters, "answer": encrypted}))


@cache
def _store_answer() -> PreparedStatement:
    values = {"answer": bindparam("answer", type_=LargeBinary()), "claimed_until": NOW}
    return PreparedStatement(update(IdempotencyKey).where(*is_held()).values(values).returning(IdempotencyKey.id))


async def release(context: MutationContext, claim: IdempotencyClaim) -> bool:
    """Release the claim, so that the next request may run the mutation. Returns False if the claim was taken over, or
    if a change was committed under it: such a mutation is never run again, and its answer is lost."""
    if await run_alone(context, _delete_unused(), claim.parameters):
        return True
    await run_alone(context, _end_claim(), claim.parameters)
    return False


@cache
def _delete_unused() -> PreparedStatement:
    unused = delete(IdempotencyKey).where(*is_held(), IdempotencyKey.committed.is_(False))
    return PreparedStatement(unused.returning(IdempotencyKey.id))


@cache
def _end_claim() -> PreparedStatement:
    ended = update(IdempotencyKey).where(*is_held()).values(claimed_until=NOW)
    return PreparedStatement(ended.returning(IdempotencyKey.id))


async def delete_expired(context: MutationContext) -> int:
    """Delete the expired keys of all tenants. Returns the number deleted."""

    async def delete_all(work: UnitOfWork) -> int:
        return (await work.execute(delete(IdempotencyKey).where(_is_over()))).rowcount

    return await run_in_transaction(context, Caller(), delete_all)


async def _claim_existing(work: UnitOfWork, request: IdempotentRequest) -> ClaimResult:
    """Claim a key that has a row. No lock is taken before it has been read: a mutation that is about to commit may hold
    one."""
    row = await _row(work, request)
    if row is not None and not row.over and not (_same(work, row, request) and row.abandoned):
        return _result_of(work, row, request)
    claim = await (_insert(work, request) if row is None else _take_over(work, request, row))
    # If another request was faster, there is a row now that tells more.
    return claim or await _claim_existing(work, request)


def _result_of(work: UnitOfWork, row: Row[*tuple[Any, ...]], request: IdempotentRequest) -> ClaimResult:
    if not _same(work, row, request):
        return KeyReused()
    if row.answer is None:
        return InProgress(row.seconds) if row.seconds > 0 else AnswerLost()
    answer = decrypt(_answer_key(work.context, request), ANSWER, _place(row.id), row.answer)
    return AnswerLost() if answer is None else Completed(answer)


async def _row(work: UnitOfWork, request: IdempotentRequest) -> Row[*tuple[Any, ...]] | None:
    columns = (
        IdempotencyKey.__table__,
        cast(func.extract("epoch", IdempotencyKey.claimed_until - NOW), Double).label("seconds"),
        _is_over().label("over"),
        _is_abandoned().label("abandoned"),
    )
    matches = (
        IdempotencyKey.tenant_id == request.tenant_id,
        IdempotencyKey.owner_id == request.owner_id,
        IdempotencyKey.key_hash == _key_hash(work.context, request),
    )
    return (await work.execute(select(*columns).where(*matches))).one_or_none()


async def _insert(work: UnitOfWork, request: IdempotentRequest) -> IdempotencyClaim | None:
    """Claim a key whose row has been deleted since the first attempt."""
    key_id = (await work.execute(_insert_key(), _new_key(work.context, request))).scalar_one_or_none()
    return None if key_id is None else IdempotencyClaim(request.tenant_id, key_id, 1)


def _new_key(context: MutationContext, request: IdempotentRequest) -> dict[str, Any]:
    key_hash = _key_hash(context, request)
    owner = {"tenant_id": request.tenant_id, "owner_id": request.owner_id}
    return {"id": new_id(), **owner, "key_hash": key_hash, **_fresh(context, request)}


@cache
def _insert_key() -> PreparedStatement:
    values = {
        "id": bindparam("id", type_=Uuid()),
        "attempt": 1,
        "committed": False,
        "tenant_id": bindparam("tenant_id", type_=Uuid()),
        "owner_id": bindparam("owner_id", type_=Uuid()),
        "key_hash": bindparam("key_hash", type_=LargeBinary()),
        **_fresh_values(),
    }
    return PreparedStatement(
        insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
    )


async def _take_over(
    work: UnitOfWork, request: IdempotentRequest, row: Row[*tuple[Any, ...]]
) -> IdempotencyClaim | None:
    """Claim the next attempt on a row that was free when it was read, if it still is."""
    values = {"attempt": row.attempt + 1, "committed": False, "answer": None, **_fresh_values()}
    unchanged = (
        IdempotencyKey.tenant_id == request.tenant_id,
        IdempotencyKey.id == row.id,
        IdempotencyKey.attempt == row.attempt,
    )
    statement = update(IdempotencyKey).where(*unchanged, or_(_is_over(), _is_abandoned())).values(values)
    taken = await work.execute(statement, _fresh(work.context, request))
    return IdempotencyClaim(request.tenant_id, row.id, row.attempt + 1) if taken.rowcount else None


def _fresh_values() -> dict[str, ColumnElement[Any]]:
    """The columns of a key that is claimed now, with the parameters `_fresh`."""
    return {
        "fingerprint": bindparam("new_fingerprint", type_=LargeBinary()),
        "claimed_until": NOW + LEASE,
        "created_at": NOW,
        "expires_at": NOW + bindparam("lifetime", type_=Interval(native=True)),
    }


def _fresh(context: MutationContext, request: IdempotentRequest) -> dict[str, Any]:
    return {"new_fingerprint": _fingerprint(context, request), "lifetime": context.lifetimes.idempotency}


def _same(work: UnitOfWork, row: Row[*tuple[Any, ...]], request: IdempotentRequest) -> bool:
    same: bool = row.fingerprint == _fingerprint(work.context, request)
    return same


def _key_hash(context: MutationContext, request: IdempotentRequest) -> bytes:
    return keyed_hash(context.secret_key, "idempotency key", request.key)


def _fingerprint(context: MutationContext, request: IdempotentRequest) -> bytes:
    # Keyed as well: the content may include a password, which could be guessed from a plain hash.
    return keyed_hash(context.secret_key, "idempotency content", request.content)


def _is_over() -> ColumnElement[bool]:
    """Whether a key has expired. A key is not free while its mutation runs."""
    return and_(IdempotencyKey.expires_at <= NOW, IdempotencyKey.claimed_until <= NOW)


def _is_abandoned() -> ColumnElement[bool]:
    """Whether no mutation runs under the key any more, and none has been committed."""
    return and_(
        IdempotencyKey.claimed_until <= NOW, IdempotencyKey.committed.is_(False), IdempotencyKey.answer.is_(None)
    )


def _answer_key(context: MutationContext, request: IdempotentRequest) -> bytes:
    # The database stores only a keyed hash of the client's key, so the secret key alone decrypts no answer.
    return context.secret_key + b"\0" + request.key.encode()


def _place(key_id: UUID) -> bytes:
    return b"idempotency_keys/" + key_id.bytes
