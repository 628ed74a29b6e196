"""Mutations that are sent twice and done once, by the idempotency key that comes with them.

Whoever runs a mutation under a key has a **claim**: a row that is committed before the mutation begins, so that no
connection and no lock is held while it runs. The unit of work marks that row in the very transaction that changes
something (`Claim.mark`). So of a claim whose process has died it is known whether anything came of it: if not, the next
who asks takes it over, and the number of the attempt keeps the former one, were it alive after all, from committing; if
so, it is never run again.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Row, and_, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from models import IdempotencyKey
from resolvers.callers.caller import Caller
from resolvers.callers.idempotency_claim import LEASE, IdempotencyClaim
from resolvers.encryption import decrypt, encrypt, keyed_hash
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

FORGOTTEN_AT_ONCE = 1_000
ANSWER = "idempotency answer"
NOW = func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """What somebody asks under a key: `owner` is the user or the API client whose key it is, `content` tells of two
    mutations whether they are the same."""

    owner: UUID
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """It is being run. If nothing is heard of that for so many `seconds`, it is not any more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Completed:
    """It was run, and this is what was answered."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """It was run, and what was answered is not known any more."""


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was sent with something else."""


ClaimResult = IdempotencyClaim | InProgress | Completed | AnswerLost | KeyReused


async def claim(writing: MutationContext, asked: IdempotentRequest) -> ClaimResult:
    """The right to run what is asked, or why not. Waits for nobody who runs it."""
    return await run_in_transaction(writing, Caller(), lambda work: _claim(work, asked))


async def store(writing: MutationContext, asked: IdempotentRequest, claim: IdempotencyClaim, answer: bytes) -> bool:
    """Keep the answer, for whoever asks the same again. False where the claim was taken over, or has expired."""
    sealed = encrypt(_answer_key(writing, asked), ANSWER, _place(claim.id), answer)
    statement = update(IdempotencyKey).where(*_held(claim)).values(answer=sealed, claimed_until=NOW)
    return await run_in_transaction(writing, Caller(), lambda work: _touches(work, statement))


async def release(writing: MutationContext, claim: IdempotencyClaim) -> bool:
    """Give the claim back, so that the next who asks may run it. False where somebody has taken it over, or where
    something was committed under it: that is never run again, and its answer is lost."""
    unused = delete(IdempotencyKey).where(*_held(claim), IdempotencyKey.committed.is_(False))
    ended = update(IdempotencyKey).where(*_held(claim)).values(claimed_until=NOW)

    async def give_back(work: UnitOfWork) -> bool:
        if await _touches(work, unused):
            return True
        await work.execute(ended)
        return False

    return await run_in_transaction(writing, Caller(), give_back)


async def forget_expired(writing: MutationContext) -> int:
    """Delete keys whose time is over, some at a time. Returns how many there were."""
    some = select(IdempotencyKey.id).where(_is_over()).limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)

    async def forget(work: UnitOfWork) -> int:
        return (await work.execute(delete(IdempotencyKey).where(IdempotencyKey.id.in_(some)))).rowcount

    return await run_in_transaction(writing, Caller(), forget)


async def _claim(work: UnitOfWork, asked: IdempotentRequest) -> ClaimResult:
    # Looked at first, without a lock: the row may be locked by who is about to commit.
    row = await _row(work, asked)
    if row is None:
        claimed = await _inserted(work, asked)
    elif row.over or (_same(work, row, asked) and row.abandoned):
        claimed = await _taken_over(work, asked, row)
    else:
        return _told(work, row, asked)
    # Where somebody else was quicker, there is a row now that tells more.
    return claimed or await _claim(work, asked)


def _told(work: UnitOfWork, row: Row[*tuple[Any, ...]], asked: IdempotentRequest) -> ClaimResult:
    if not _same(work, row, asked):
        return KeyReused()
    if row.answer is None:
        return InProgress(row.seconds) if row.seconds > 0 else AnswerLost()
    answer = decrypt(_answer_key(work.writing, asked), ANSWER, _place(row.id), row.answer)
    return AnswerLost() if answer is None else Completed(answer)


async def _row(work: UnitOfWork, asked: IdempotentRequest) -> Row[*tuple[Any, ...]] | None:
    columns = (
        IdempotencyKey.__table__,
        cast(func.extract("epoch", IdempotencyKey.claimed_until - NOW), Double).label("seconds"),
        _is_over().label("over"),
        _is_abandoned().label("abandoned"),
    )
    mine = (IdempotencyKey.owner_id == asked.owner, IdempotencyKey.key_hash == _key_hash(work, asked))
    return (await work.execute(select(*columns).where(*mine))).one_or_none()


async def _inserted(work: UnitOfWork, asked: IdempotentRequest) -> IdempotencyClaim | None:
    values = {"owner_id": asked.owner, "key_hash": _key_hash(work, asked), **_fresh(work, asked)}
    statement = insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.id)
    key_id = (await work.execute(statement)).scalar_one_or_none()
    return None if key_id is None else IdempotencyClaim(key_id, 1)


async def _taken_over(
    work: UnitOfWork, asked: IdempotentRequest, row: Row[*tuple[Any, ...]]
) -> IdempotencyClaim | None:
    """The next attempt on a row that was found to be free, if it still is."""
    values = {"attempt": row.attempt + 1, "committed": False, "answer": None, **_fresh(work, asked)}
    found = (IdempotencyKey.id == row.id, IdempotencyKey.attempt == row.attempt)
    statement = update(IdempotencyKey).where(*found, or_(_is_over(), _is_abandoned())).values(values)
    return IdempotencyClaim(row.id, row.attempt + 1) if await _touches(work, statement) else None


def _fresh(work: UnitOfWork, asked: IdempotentRequest) -> dict[str, Any]:
    return {
        "fingerprint": _fingerprint(work, asked),
        "claimed_until": NOW + LEASE,
        "created_at": NOW,
        "expires_at": NOW + work.writing.lifetimes.idempotency,
    }


def _same(work: UnitOfWork, row: Row[*tuple[Any, ...]], asked: IdempotentRequest) -> bool:
    same: bool = row.fingerprint == _fingerprint(work, asked)
    return same


def _key_hash(work: UnitOfWork, asked: IdempotentRequest) -> bytes:
    return keyed_hash(work.writing.secret_key, "idempotency key", asked.key)


def _fingerprint(work: UnitOfWork, asked: IdempotentRequest) -> bytes:
    # Keyed, too: what is asked may hold a password, which could be guessed from a plain hash.
    return keyed_hash(work.writing.secret_key, "idempotency content", asked.content)


def _is_over() -> ColumnElement[bool]:
    """Whether a key is free again. Not while somebody is at work under it."""
    return and_(IdempotencyKey.expires_at <= NOW, IdempotencyKey.claimed_until <= NOW)


def _is_abandoned() -> ColumnElement[bool]:
    """Whether nobody is at work under a key any more, and nothing came of it."""
    return and_(
        IdempotencyKey.claimed_until <= NOW, IdempotencyKey.committed.is_(False), IdempotencyKey.answer.is_(None)
    )


def _held(claim: IdempotencyClaim) -> tuple[ColumnElement[bool], ...]:
    return IdempotencyKey.id == claim.id, IdempotencyKey.attempt == claim.attempt


def _answer_key(writing: MutationContext, asked: IdempotentRequest) -> bytes:
    # The database has a keyed hash of the sender's key. So it opens no answer, not even to who has the secret key.
    return writing.secret_key + b"\0" + asked.key.encode()


def _place(key_id: UUID) -> bytes:
    return b"idempotency_keys/" + key_id.bytes


async def _touches(work: UnitOfWork, statement: Any) -> bool:
    return bool((await work.execute(statement)).rowcount)
