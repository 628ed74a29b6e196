"""Stores and rotates the keys that sign access tokens, shared by all server processes.

A key is **published** as soon as it is created and **signs** from `signs_from`, an hour later, when all verifiers have
fetched it. Once the next key signs, the key **ends** when the last token that it signed has expired, and its row is
deleted. The first key signs at once.

    created, published ─── signs ──────────────────── next key signs ───────────────────── ends: row deleted
    └─────── 1 hour ──────┘└─ KeyRotation.lifetime ──┘└ token_lifetime + RETIREMENT_GRACE ┘

Any process that reads the keys creates the next one when it is due. A lock ensures that only one of them does.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import SigningKey
from resolvers.callers.caller import Caller
from resolvers.encryption import decrypt, encrypt
from resolvers.prepared_statement import single_statements
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

PUBLICATION_LEAD: Final = timedelta(hours=1)
RETIREMENT_GRACE: Final = timedelta(minutes=5)
"""Longer than a process keeps using the previous key, and longer than clocks differ."""

ADVISORY_LOCK: Final = 0x706F7274_6B657973
ENCRYPTION_PURPOSE: Final = "signing key"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key pair: its id, the private key in DER (PKCS #8), and the public key as a JWK."""

    kid: str
    private_key: bytes
    public_jwk: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """How long a key signs (`lifetime`) and its tokens are valid (`token_lifetime`), and how to `generate` a key."""

    lifetime: timedelta
    token_lifetime: timedelta
    generate: Callable[[], NewKey]


class KeyState(StrEnum):
    """The stage of a published key."""

    NEXT = "next"
    SIGNING = "signs"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A published key. `state` tells whether it will sign, signs now, or has signed. `ends_at` is when the key ends, if
    that is known."""

    kid: str
    created_at: datetime
    signs_from: datetime
    state: KeyState
    ends_at: datetime | None
    public_jwk: Mapping[str, Any]
    encrypted_private_key: bytes

    def private_key(self, secret_key: bytes) -> bytes | None:
        """The private key in DER. Returns None if it was encrypted with another secret key."""
        return decrypt(secret_key, ENCRYPTION_PURPOSE, self.kid.encode(), self.encrypted_private_key)


async def published_keys(context: MutationContext, rotation: KeyRotation) -> Sequence[StoredKey]:
    """The published keys, at least one, in the order in which they sign. Creates a key if one is due, and deletes keys
    that have ended."""
    async with single_statements(context.engine) as connection:
        rows = (await connection.execute(_select_keys())).all()
    if _is_key_due(rows, rotation) or _ended_key_ids(rows, rotation):
        return await run_in_transaction(context, Caller(), lambda work: _create_and_delete_due(work, rotation))
    return _stored_keys(rows, rotation)


async def stored_keys(connection: AsyncConnection, rotation: KeyRotation) -> Sequence[StoredKey]:
    """The keys that the database has, which may be a replica, in the order in which they sign. Changes nothing."""
    return _stored_keys((await connection.execute(_select_keys())).all(), rotation)


async def rotate_keys(work: UnitOfWork, rotation: KeyRotation, *, at_once: bool = False) -> Sequence[StoredKey]:
    """Create a key that signs in an hour, or `at_once`. Returns all published keys."""
    await _lock(work)
    await _create_key(work, rotation, timedelta() if at_once else PUBLICATION_LEAD)
    return _stored_keys((await work.execute(_select_keys())).all(), rotation)


async def remove_key(work: UnitOfWork, kid: str) -> bool:
    """Delete a key, which makes all tokens that it signed invalid. Returns whether the key existed."""
    await _lock(work)
    return (await work.execute(delete(SigningKey).where(SigningKey.kid == kid))).rowcount > 0


async def _create_and_delete_due(work: UnitOfWork, rotation: KeyRotation) -> Sequence[StoredKey]:
    await _lock(work)
    rows = (await work.execute(_select_keys())).all()
    if _is_key_due(rows, rotation):
        await _create_key(work, rotation, PUBLICATION_LEAD if rows else timedelta())
    ended = _ended_key_ids(rows, rotation)
    if ended:
        await work.execute(delete(SigningKey).where(SigningKey.kid.in_(ended)))
    return _stored_keys((await work.execute(_select_keys())).all(), rotation)


async def _lock(work: UnitOfWork) -> None:
    await work.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))


async def _create_key(work: UnitOfWork, rotation: KeyRotation, signs_in: timedelta) -> None:
    key = await asyncio.to_thread(rotation.generate)
    values = {
        "kid": key.kid,
        "signs_from": func.clock_timestamp() + signs_in,
        "private_key": encrypt(work.context.secret_key, ENCRYPTION_PURPOSE, key.kid.encode(), key.private_key),
        "public_jwk": key.public_jwk,
    }
    await work.execute(insert(SigningKey).values(values))


def _select_keys() -> Select[*tuple[Any, ...]]:
    columns = select(SigningKey.__table__, func.clock_timestamp().label("now"))
    return columns.order_by(SigningKey.signs_from, SigningKey.kid)


def _is_key_due(rows: Sequence[Row[*tuple[Any, ...]]], rotation: KeyRotation) -> bool:
    return not rows or bool(rows[-1].signs_from + rotation.lifetime - PUBLICATION_LEAD <= rows[-1].now)


def _ended_key_ids(rows: Sequence[Row[*tuple[Any, ...]]], rotation: KeyRotation) -> list[str]:
    pairs = zip(rows, _stored_keys(rows, rotation), strict=True)
    return [key.kid for row, key in pairs if key.ends_at is not None and key.ends_at <= row.now]


def _stored_keys(rows: Sequence[Row[*tuple[Any, ...]]], rotation: KeyRotation) -> Sequence[StoredKey]:
    # If no key signs yet, because the earlier ones were deleted, the first one signs.
    current = max(sum(row.signs_from <= row.now for row in rows) - 1, 0)
    next_starts: list[datetime | None] = [*(row.signs_from for row in rows), None][1:]
    return [
        StoredKey(
            row.kid,
            row.created_at,
            row.signs_from,
            KeyState.FORMER if index < current else KeyState.SIGNING if index == current else KeyState.NEXT,
            None if next_start is None else next_start + rotation.token_lifetime + RETIREMENT_GRACE,
            row.public_jwk,
            row.private_key,
        )
        for index, (row, next_start) in enumerate(zip(rows, next_starts, strict=True))
    ]
