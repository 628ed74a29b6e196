"""Issues, checks, consumes and revokes the one-time tokens in mailed links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, DateTime, Interval, Row, Select, and_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncConnection

from models import OneTimeToken, TokenPurpose, User, new_id
from resolvers.bulk_insert import insert_rows
from resolvers.callers.credentials import carried_tenant
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.prepared_statement import single_statements
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.transaction.writes import Write, of_new_rows
from resolvers.validation.person import DETAIL_COLUMNS, details_by_field

TOKEN: Final = ("input", "token")


class TokenState(StrEnum):
    """The current state of a one-time token."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token that a caller presented.

    `row` has the token's row id and its user. It is None if the token does not exist, has another purpose, was used or
    was replaced.
    """

    state: TokenState
    row: Row[*tuple[Any, ...]] | None = None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The state of a mailed link. The other fields are set only if the link is not INVALID.

    `details` are the known details of a user who still has to give their name, by their API names; otherwise None.
    `country` is the user's country (ISO 3166-1), if known.
    """

    state: TokenState
    email: str | None = None
    details: Mapping[str, str | None] | None = None
    country: str | None = None


def select_token(token: str, purpose: TokenPurpose, tenant_id: UUID | None = None) -> Select[*tuple[Any, ...]]:
    """The SELECT of a token's row and its user, for `evaluate_token`. Lock both before consuming the token. `tenant_id`
    is needed to lock a token that doesn't name its tenant."""
    tenant_id = carried_tenant(token) or tenant_id
    in_tenant = () if tenant_id is None else (OneTimeToken.tenant_id == tenant_id, User.tenant_id == tenant_id)
    return (
        select(
            OneTimeToken.id,
            OneTimeToken.purpose,
            OneTimeToken.used_at,
            OneTimeToken.revoked_at,
            (OneTimeToken.expires_at <= func.now()).label("expired"),
            OneTimeToken.user_id,
            OneTimeToken.tenant_id,
            User.organization_id,
            User.email,
            *(User.__table__.c[column] for column in DETAIL_COLUMNS.values()),
            User.activated_at,
            User.removed_at,
        )
        .join(User, and_(User.tenant_id == OneTimeToken.tenant_id, User.id == OneTimeToken.user_id))
        .where(OneTimeToken.token_hash == token_hash(token), OneTimeToken.purpose == purpose.value, *in_tenant)
    )


def evaluate_token(row: Row[*tuple[Any, ...]] | None) -> PresentedToken:
    """The state of the token in `row`. EXPIRED is reported only for an existing, unused token."""
    if row is None or row.used_at or row.revoked_at or row.removed_at or not _purpose_applies(row):
        return PresentedToken(TokenState.INVALID)
    return PresentedToken(TokenState.EXPIRED if row.expired else TokenState.VALID, row)


def _purpose_applies(row: Row[*tuple[Any, ...]]) -> bool:
    """Whether the token's purpose fits its user: activation before they have activated, every other purpose after."""
    is_activated = row.activated_at is not None
    return is_activated != (TokenPurpose(row.purpose) is TokenPurpose.ACTIVATION)


async def check_link(connection: AsyncConnection, token: str, purpose: TokenPurpose) -> LinkStatus:
    """The status of the link with this token. Checking does not consume the token, because mail scanners open links."""
    presented = evaluate_token((await connection.execute(select_token(token, purpose))).one_or_none())
    if presented.row is None:
        return LinkStatus(presented.state)
    stored = {column: getattr(presented.row, column) for column in DETAIL_COLUMNS.values()}
    lacks_name = stored["first_name"] is None or stored["last_name"] is None
    needs_details = purpose is TokenPurpose.ACTIVATION and lacks_name
    details = details_by_field(stored) if needs_details else None
    return LinkStatus(presented.state, presented.row.email, details, stored["country"])


async def read_valid_token(context: MutationContext, token: str, purpose: TokenPurpose) -> Row[*tuple[Any, ...]]:
    """The row of a valid token for `purpose` and its user, without a lock: the token may be consumed at any time.

    Raises `MutationRejected` as `lock_token` does.
    """
    async with single_statements(context.engine) as connection:
        row = (await connection.execute(select_token(token, purpose))).one_or_none()
    return _require_valid(row)


async def lock_token(
    work: UnitOfWork, token: str, purpose: TokenPurpose, path: tuple[str, ...] = TOKEN
) -> Row[*tuple[Any, ...]]:
    """The row of a valid token for `purpose` and its user, both locked against change.

    If two callers use the same link at the same time, the lock makes one wait and then see that the token is consumed.
    Raises `MutationRejected` at `path`: TOKEN_INVALID, TOKEN_EXPIRED.
    """
    tenant_id = carried_tenant(token)
    if tenant_id is None:
        # A link of a former version, or none at all. Rows are locked within one tenant.
        tenant_id = _require_valid((await work.execute(select_token(token, purpose))).one_or_none(), path).tenant_id
    # Lock the user first, like every transaction that revokes a user's tokens: another order could deadlock.
    locked = select_token(token, purpose, tenant_id).with_for_update(of=[User, OneTimeToken], key_share=True)
    return _require_valid((await work.execute(locked)).one_or_none(), path)


def _require_valid(row: Row[*tuple[Any, ...]] | None, path: tuple[str, ...] = TOKEN) -> Row[*tuple[Any, ...]]:
    presented = evaluate_token(row)
    if presented.row is None or presented.state is not TokenState.VALID:
        raise MutationRejected(_problem(presented.state, path))
    return presented.row


def consume_token(token: Row[*tuple[Any, ...]]) -> CTE:
    """The UPDATE that marks the token as used, so that it is no longer valid, as a CTE of the change for which it is
    used."""
    of_token = OneTimeToken.tenant_id == token.tenant_id, OneTimeToken.id == token.id
    return update(OneTimeToken).where(*of_token).values(used_at=func.now()).cte("consumed")


def _problem(state: TokenState, path: tuple[str, ...]) -> Problem:
    if state is TokenState.EXPIRED:
        return Problem(ErrorCode.TOKEN_EXPIRED, "This link has expired.", path)
    return Problem(ErrorCode.TOKEN_INVALID, "This link is invalid or no longer valid.", path)


def token_write(
    work: UnitOfWork,
    tenant_id: UUID,
    user_ids: Sequence[UUID],
    purpose: TokenPurpose,
    lifetime: timedelta,
    *,
    at_least: datetime | None = None,
    of_new_users: bool = False,
) -> tuple[Write, list[UUID]]:
    """The write that issues a token for each of these users of a tenant, and the ids of the rows in the order of the
    users. The mail worker derives a token from the id of its row. If it is a write `of_new_users`, another one of its
    statement adds these.

    The tokens are valid for `lifetime` from now, or until `at_least` if that is later.
    """
    row_ids, secret_key = [new_id() for _ in user_ids], work.context.secret_key
    values = {
        "id": row_ids,
        "user_id": user_ids,
        "token_hash": [token_hash(derive_token(secret_key, purpose, row_id, tenant_id)) for row_id in row_ids],
        "tenant_id": tenant_id,
        "purpose": purpose.value,
        "lifetime": lifetime,
        "at_least": at_least,
    }
    name = "new_token" if of_new_users else "token"
    return Write(name, partial(_insert_tokens, of_new_users), values), row_ids


def _insert_tokens(of_new_users: bool, prefix: str) -> Insert:
    lifetime = bindparam(f"{prefix}lifetime", type_=Interval(native=True))
    at_least = bindparam(f"{prefix}at_least", type_=DateTime(timezone=True))
    # greatest() ignores NULL.
    expires_at = {"expires_at": func.greatest(func.now() + lifetime, at_least)}
    columns, among = ("id", "user_id", "token_hash"), of_new_rows("user_id") if of_new_users else None
    return insert_rows(OneTimeToken, columns, ("tenant_id", "purpose"), expires_at, prefix=prefix, among=among)


async def revoke_tokens(
    work: UnitOfWork, tenant_id: UUID, user_ids: Sequence[UUID], *purposes: TokenPurpose
) -> datetime | None:
    """Revoke the open tokens for these purposes of users of a tenant. Returns the latest expiry among them, or None if
    there were none."""
    statement = (
        update(OneTimeToken)
        .where(
            OneTimeToken.tenant_id == tenant_id,
            OneTimeToken.user_id.in_(user_ids),
            OneTimeToken.purpose.in_([purpose.value for purpose in purposes]),
            OneTimeToken.used_at.is_(None),
            OneTimeToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
        .returning(OneTimeToken.expires_at)
    )
    return max((await work.execute(statement)).scalars(), default=None)
