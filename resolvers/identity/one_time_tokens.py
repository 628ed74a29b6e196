"""Tokens that are sent by mail: made open for a user and a purpose, and looked up by what their holder shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, Select, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from models import OneTimeToken, TokenPurpose, User, new_id
from resolvers.bulk_insert import insert_many
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import DETAILS, named


class TokenState(StrEnum):
    """What a token is worth now."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token that somebody showed.

    `row` holds the token's row id and its user; None for a token that never was, or serves another purpose, or is used
    up or replaced.
    """

    state: TokenState
    row: Row[*tuple[Any, ...]] | None = None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What a link is worth; the rest is told to the holder of a right one only.

    `details` are those of a user who has yet to tell their name, by their names in the API; None for all others.
    """

    state: TokenState
    email: str | None = None
    details: Mapping[str, str | None] | None = None


def select_token(token: str, purpose: TokenPurpose) -> Select[*tuple[Any, ...]]:
    """The SELECT of a token's row and its user, for `judge`; whoever uses the token up locks what it finds."""
    return (
        select(
            OneTimeToken.id,
            OneTimeToken.purpose,
            OneTimeToken.used_at,
            OneTimeToken.revoked_at,
            (OneTimeToken.expires_at <= func.now()).label("expired"),
            OneTimeToken.user_id,
            User.organization_id,
            User.email,
            *(User.__table__.c[column] for column in DETAILS.values()),
            User.activated_at,
            User.removed_at,
        )
        .join(User, User.id == OneTimeToken.user_id)
        .where(OneTimeToken.token_hash == token_hash(token), OneTimeToken.purpose == purpose.value)
    )


def evaluate(row: Row[*tuple[Any, ...]] | None) -> PresentedToken:
    """What the token in `row` is worth. Only the holder of a right, unused token is told that it has expired."""
    if row is None or row.used_at or row.revoked_at or row.removed_at or not _serves(row):
        return PresentedToken(TokenState.INVALID)
    return PresentedToken(TokenState.EXPIRED if row.expired else TokenState.VALID, row)


def _serves(row: Row[*tuple[Any, ...]]) -> bool:
    """Whether the token does something for its user: activation for who has not activated, all else for who has."""
    activated, activates = row.activated_at is not None, TokenPurpose(row.purpose) is TokenPurpose.ACTIVATION
    return activated != activates


async def check_link(connection: AsyncConnection, token: str, purpose: TokenPurpose) -> LinkStatus:
    """What the link with this token is worth now. Asking uses nothing up: mail scanners open links."""
    shown = evaluate((await connection.execute(select_token(token, purpose))).one_or_none())
    if shown.row is None:
        return LinkStatus(shown.state)
    known = {column: getattr(shown.row, column) for column in DETAILS.values()}
    nameless = known["first_name"] is None or known["last_name"] is None
    asked = purpose is TokenPurpose.ACTIVATION and nameless
    return LinkStatus(shown.state, shown.row.email, named(known) if asked else None)


async def lock_token(work: UnitOfWork, token: str, purpose: TokenPurpose) -> Row[*tuple[Any, ...]]:
    """The row of a token that is good for `purpose`, and its user, both locked against change.

    The lock lets one of two who use the same link at the same time wait, and then see that it is used up. Raises
    `MutationRejected`: TOKEN_INVALID, TOKEN_EXPIRED.
    """
    # The user first, as everybody locks who ends tokens of a user: in another order the two could wait for each other.
    locked = select_token(token, purpose).with_for_update(of=[User, OneTimeToken], key_share=True)
    shown = evaluate((await work.execute(locked)).one_or_none())
    if shown.row is None or shown.state is not TokenState.VALID:
        raise MutationRejected(_problem(shown.state))
    return shown.row


async def consume(work: UnitOfWork, token_row_id: UUID) -> None:
    """Note that the token was used: it is worth nothing any more."""
    await work.execute(update(OneTimeToken).where(OneTimeToken.id == token_row_id).values(used_at=func.now()))


def _problem(state: TokenState) -> Problem:
    if state is TokenState.EXPIRED:
        return Problem(ErrorCode.TOKEN_EXPIRED, "The time of this link is over.", ("input", "token"))
    return Problem(ErrorCode.TOKEN_INVALID, "This link is not good, or not any more.", ("input", "token"))


async def issue(
    work: UnitOfWork, user_id: UUID, purpose: TokenPurpose, lifetime: timedelta, at_least: datetime | None = None
) -> UUID:
    """Open a token for a user and return the id of its row, from which the mail worker derives it.

    It is good for `lifetime` from now, or until `at_least` where that is later.
    """
    return (await issue_each(work, [user_id], purpose, lifetime, at_least))[0]


async def issue_each(
    work: UnitOfWork,
    user_ids: Sequence[UUID],
    purpose: TokenPurpose,
    lifetime: timedelta,
    at_least: datetime | None = None,
) -> list[UUID]:
    """The same for each of these users: the ids of the tokens' rows, in the order of the users."""
    row_ids = [new_id() for _ in user_ids]
    each = {
        "id": row_ids,
        "user_id": user_ids,
        "token_hash": [token_hash(derive_token(work.writing.secret_key, purpose, row_id)) for row_id in row_ids],
    }
    # greatest() leaves out what is NULL.
    expires_at = func.greatest(func.now() + lifetime, literal(at_least, DateTime(timezone=True)))
    await work.execute(insert_many(OneTimeToken, each, {"purpose": purpose.value, "expires_at": expires_at}))
    return row_ids


async def revoke(work: UnitOfWork, user_id: UUID, *purposes: TokenPurpose) -> datetime | None:
    """End the user's open tokens for these purposes; returns until when the one that was good longest would have been,
    None where there was none."""
    statement = (
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose.in_([purpose.value for purpose in purposes]),
            OneTimeToken.used_at.is_(None),
            OneTimeToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(OneTimeToken.expires_at)
    )
    return max((await work.execute(statement)).scalars(), default=None)
