"""Recovery codes: ten codes that each replace a second factor once, for users who have lost theirs.

A code has 50 random bits. It is stored as a hash under the server's secret key, so the database alone doesn't tell it,
and attempts are limited as those of the codes of an app are.
"""

import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete

from models import RecoveryCode, new_id
from resolvers.bulk_insert import insert_many
from resolvers.encryption import keyed_hash
from resolvers.transaction.unit_of_work import UnitOfWork

NUMBER: Final = 10
"""How many codes a user gets."""

LENGTH: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz023456789"
"""Letters and digits that can't be mistaken for each other: neither i, l and 1, nor o (which is read as 0)."""

_PURPOSE: Final = "recovery code"


def new_codes() -> list[str]:
    """Ten different codes, each in two groups of five characters."""
    codes: set[str] = set()
    while len(codes) < NUMBER:
        characters = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
        codes.add(f"{characters[:5]}-{characters[5:]}")
    return sorted(codes)


def normalize_code(text: str) -> str | None:
    """A typed code without case, blanks and hyphens, as it is hashed; None if no code looks like this."""
    code = "".join(text.lower().split()).replace("-", "").replace("o", "0")
    return code if len(code) == LENGTH and all(character in _ALPHABET for character in code) else None


def code_hash(secret_key: bytes, user_id: UUID, code: str) -> bytes:
    """The hash under which the code of a user is stored. It is of no use in the row of another user."""
    return keyed_hash(secret_key, _PURPOSE, f"{user_id}\0{code}")


async def replace_codes(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> list[str]:
    """Replace all recovery codes of a user, who is locked, by new ones, and return these."""
    codes = new_codes()
    key = work.context.secret_key
    hashes = [code_hash(key, user_id, str(normalize_code(code))) for code in codes]
    await work.execute(delete(RecoveryCode).where(*_is_of(tenant_id, user_id)))
    rows: dict[str, Sequence[object]] = {"id": [new_id() for _ in codes], "code_hash": hashes}
    await work.execute(insert_many(RecoveryCode, rows, {"tenant_id": tenant_id, "user_id": user_id}))
    return codes


async def use_recovery_code(work: UnitOfWork, tenant_id: UUID, user_id: UUID, code: str) -> bool:
    """Use up a recovery code, in the form of `normalize_code`, of a user. Returns whether it was one of theirs."""
    hashed = code_hash(work.context.secret_key, user_id, code)
    used = delete(RecoveryCode).where(*_is_of(tenant_id, user_id), RecoveryCode.code_hash == hashed)
    return (await work.execute(used.returning(RecoveryCode.id))).scalar_one_or_none() is not None


def _is_of(tenant_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return RecoveryCode.tenant_id == tenant_id, RecoveryCode.user_id == user_id
