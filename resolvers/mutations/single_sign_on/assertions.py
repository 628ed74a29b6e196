"""Reads what a provider has said, as a browser brings it, and lets it count once for each purpose."""

import secrets
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from models import PLATFORM, IdentityProvider, UsedAssertion
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.openid.challenge import is_verifier_of
from resolvers.openid.sealed import Assertion, open_assertion
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork

CODE: Final = ("input", "code")


class Use(Enum):
    """What an assertion is used for, and how long after it was made: longer with a link that is mailed."""

    SIGN_IN = timedelta(minutes=5)
    LINK = timedelta(minutes=10)
    LINK_BY_MAIL = timedelta(hours=1)


def read_assertion(context: MutationContext, code: str, verifier: str) -> Assertion:
    """The assertion in a code, for the page that began the flow. Raises `MutationRejected` (TOKEN_INVALID)."""
    assertion = open_assertion(context.secret_key, code)
    if assertion is None or not is_verifier_of(verifier, assertion.challenge):
        raise invalid_code()
    return assertion


async def use_assertion(work: UnitOfWork, assertion: Assertion, use: Use) -> None:
    """Let an assertion count, unless it has for the same use before, or is too old. Raises `MutationRejected`
    (TOKEN_INVALID)."""
    now: datetime = (await work.execute(select(func.now()))).scalar_one()
    age = timedelta(seconds=now.timestamp() - assertion.made_at)
    if age > use.value or not await use_once(work, assertion.tenant_id, f"{use.name}\0{assertion.id}", use.value):
        raise invalid_code()


async def require_issuer(work: UnitOfWork, assertion: Assertion) -> None:
    """Raises `MutationRejected` (TOKEN_INVALID) if the issuer is no longer that of the tenant's provider."""
    if assertion.tenant_id == PLATFORM:
        staff = work.context.relying_party.staff if work.context.relying_party is not None else None
        issuer = staff.provider.issuer if staff is not None else None
    else:
        own = IdentityProvider.organization_id == assertion.tenant_id
        issuer = (await work.execute(select(IdentityProvider.issuer).where(own))).scalar_one_or_none()
    if issuer != assertion.identity.issuer:
        raise invalid_code()


async def use_once(work: UnitOfWork, tenant_id: UUID, name: str, lifetime: timedelta) -> bool:
    """Whether something of this name is used for the first time within `lifetime`. It is forgotten then."""
    used = UsedAssertion.__table__
    over = delete(UsedAssertion).where(used.c.tenant_id == tenant_id, used.c.expires_at < func.now())
    await work.execute(over)
    values = {"tenant_id": tenant_id, "assertion_hash": sha256(name.encode()).digest()}
    add = insert(UsedAssertion).values(**values, expires_at=func.now() + 2 * lifetime).on_conflict_do_nothing()
    return (await work.execute(add.returning(UsedAssertion.tenant_id))).scalar() is not None


def new_assertion_id() -> str:
    """A random id of an assertion: 128 bits."""
    return secrets.token_urlsafe(16)


def invalid_code() -> MutationRejected:
    """The rejection of a code that isn't good, for whatever reason."""
    message = "This sign-in has expired, was used already, or began in another browser. Start again."
    return MutationRejected(Problem(ErrorCode.TOKEN_INVALID, message, CODE))
