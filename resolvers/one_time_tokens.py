"""Tokens that are sent by mail: made open for a user and a purpose, and looked up by what their holder shows."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select

from authz.secrets import derive_token, token_hash
from models import OneTimeToken, TokenPurpose, User, new_id
from resolvers.unit_of_work import UnitOfWork


class TokenState(StrEnum):
    """What a token is worth now."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that somebody showed.

    `row` holds the token's row id and its user; None for a token that never was, or serves another purpose, or is used
    up or replaced.
    """

    state: TokenState
    row: Row[*tuple[Any, ...]] | None = None


def select_token(token: str, purpose: TokenPurpose) -> Select[*tuple[Any, ...]]:
    """The SELECT of a token's row and its user, for `judge`; whoever uses the token up locks what it finds."""
    return (
        select(
            OneTimeToken.id,
            OneTimeToken.used_at,
            OneTimeToken.revoked_at,
            (OneTimeToken.expires_at <= func.now()).label("expired"),
            OneTimeToken.user_id,
            User.organization_id,
            User.email,
            User.first_name,
            User.last_name,
            User.activated_at,
            User.removed_at,
        )
        .join(User, User.id == OneTimeToken.user_id)
        .where(OneTimeToken.token_hash == token_hash(token), OneTimeToken.purpose == purpose.value)
    )


def judge(row: Row[*tuple[Any, ...]] | None) -> Shown:
    """What the token in `row` is worth. Only the holder of a right, unused token is told that it has expired."""
    if row is None or row.used_at or row.revoked_at or row.removed_at:
        return Shown(TokenState.INVALID)
    return Shown(TokenState.EXPIRED if row.expired else TokenState.VALID, row)


async def issue(work: UnitOfWork, user_id: UUID, purpose: TokenPurpose, lifetime: timedelta) -> UUID:
    """Open a token for a user and return the id of its row, from which the mail worker derives it."""
    row_id = new_id()
    secret = derive_token(work.writing.secret_key, purpose, row_id)
    await work.execute(
        insert(OneTimeToken).values(
            id=row_id,
            user_id=user_id,
            purpose=purpose.value,
            token_hash=token_hash(secret),
            expires_at=func.now() + lifetime,
        )
    )
    return row_id
