"""The keys that sign access tokens, as all server processes share them.

A key is **published** from the moment it is made, and **signs** from `signs_from` on, an hour later: who verifies
tokens has fetched it by then. When the next one signs, it is **over** as soon as the last token that it signed is, and
its row is deleted. The first key signs at once.

    made ─ published ─ signs ───────────── the next one signs ─ its last token is over: deleted
         └── an hour ──┘└─ Rotation.lifetime ─┘└── Rotation.tokens ──┘

Whoever looks for keys makes the next one where it is due: under a lock, so that of many who look at once one makes it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, select

from models import SigningKey
from resolvers.callers.caller import Caller
from resolvers.encryption import decrypt, encrypt
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

PUBLISHED_BEFORE: Final = timedelta(hours=1)
SLACK: Final = timedelta(minutes=5)
"""More than a process goes on with the former key, and more than clocks differ."""

LOCK: Final = 0x706F7274_6B657973
PURPOSE: Final = "signing key"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair that was just made: its id, the private key in DER (PKCS #8), the public key as a JWK."""

    kid: str
    private: bytes
    public_jwk: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rotation:
    """How long a key signs (`lifetime`), how long what it signs is good (`tokens`), and what makes a new one."""

    lifetime: timedelta
    tokens: timedelta
    make: Callable[[], NewKey]


class KeyState(StrEnum):
    """What a published key is for."""

    NEXT = "next"
    SIGNS = "signs"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A published key. `state` tells whether it has yet to sign, signs now, or did; `over_at` is when it is over, if
    that is known."""

    kid: str
    created_at: datetime
    signs_from: datetime
    state: KeyState
    over_at: datetime | None
    public_jwk: Mapping[str, Any]
    encrypted: bytes

    def private(self, secret_key: bytes) -> bytes | None:
        """The private key in DER; None where it was stored under another secret key."""
        return decrypt(secret_key, PURPOSE, self.kid.encode(), self.encrypted)


async def published(writing: MutationContext, rotation: Rotation) -> Sequence[StoredKey]:
    """The published keys, at least one, in the order in which they sign. Makes a key where one is due, and deletes
    those that are over."""
    async with writing.engine.connect() as connection:
        rows = (await connection.execute(_all())).all()
    if _due(rows, rotation) or _over(rows, rotation):
        return await run_in_transaction(writing, Caller(), lambda work: _kept_up(work, rotation))
    return _stored(rows, rotation)


async def rotate(work: UnitOfWork, rotation: Rotation, *, at_once: bool = False) -> Sequence[StoredKey]:
    """Make a key that signs in an hour, or `at_once`. Returns all that are published then."""
    await _lock(work)
    await _add(work, rotation, timedelta() if at_once else PUBLISHED_BEFORE)
    return _stored((await work.execute(_all())).all(), rotation)


async def remove(work: UnitOfWork, kid: str) -> bool:
    """Take a key away, with all tokens that it signed. Returns whether there was one."""
    await _lock(work)
    return (await work.execute(delete(SigningKey).where(SigningKey.kid == kid))).rowcount > 0


async def _kept_up(work: UnitOfWork, rotation: Rotation) -> Sequence[StoredKey]:
    await _lock(work)
    rows = (await work.execute(_all())).all()
    if _due(rows, rotation):
        await _add(work, rotation, PUBLISHED_BEFORE if rows else timedelta())
    over = _over(rows, rotation)
    if over:
        await work.execute(delete(SigningKey).where(SigningKey.kid.in_(over)))
    return _stored((await work.execute(_all())).all(), rotation)


async def _lock(work: UnitOfWork) -> None:
    await work.execute(select(func.pg_advisory_xact_lock(LOCK)))


async def _add(work: UnitOfWork, rotation: Rotation, signs_in: timedelta) -> None:
    made = await asyncio.to_thread(rotation.make)
    values = {
        "kid": made.kid,
        "signs_from": func.clock_timestamp() + signs_in,
        "private_key": encrypt(work.writing.secret_key, PURPOSE, made.kid.encode(), made.private),
        "public_jwk": made.public_jwk,
    }
    await work.execute(insert(SigningKey).values(values))


def _all() -> Select[*tuple[Any, ...]]:
    columns = select(SigningKey.__table__, func.clock_timestamp().label("now"))
    return columns.order_by(SigningKey.signs_from, SigningKey.kid)


def _due(rows: Sequence[Row[*tuple[Any, ...]]], rotation: Rotation) -> bool:
    return not rows or bool(rows[-1].signs_from + rotation.lifetime - PUBLISHED_BEFORE <= rows[-1].now)


def _over(rows: Sequence[Row[*tuple[Any, ...]]], rotation: Rotation) -> list[str]:
    stored = zip(rows, _stored(rows, rotation), strict=True)
    return [key.kid for row, key in stored if key.over_at is not None and key.over_at <= row.now]


def _stored(rows: Sequence[Row[*tuple[Any, ...]]], rotation: Rotation) -> Sequence[StoredKey]:
    # Where none signs yet, since those before were taken away, the first that is there does.
    signing = max(sum(row.signs_from <= row.now for row in rows) - 1, 0)
    nexts: list[datetime | None] = [*(row.signs_from for row in rows), None][1:]
    return [
        StoredKey(
            row.kid,
            row.created_at,
            row.signs_from,
            KeyState.FORMER if place < signing else KeyState.SIGNS if place == signing else KeyState.NEXT,
            None if following is None else following + rotation.tokens + SLACK,
            row.public_jwk,
            row.private_key,
        )
        for place, (row, following) in enumerate(zip(rows, nexts, strict=True))
    ]
