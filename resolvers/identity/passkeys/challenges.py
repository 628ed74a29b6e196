"""Challenges for passkeys: random, for one purpose, once, for a few minutes, and only for whom they were issued to.

Somebody who signs in without a password is nobody yet, so their challenge is bound to nothing but its purpose. What
they sign with it says who they are. How many there are is bounded: by session or ticket here, and by address in
`create_challenge`.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from models import PLATFORM, ChallengePurpose, PasskeyChallenge
from resolvers.claiming import locked_batch
from resolvers.transaction.unit_of_work import UnitOfWork

LIFETIME: Final = timedelta(minutes=5)

OPEN_CHALLENGES: Final = 5
"""How many open challenges a session or a ticket has at most. A further one ends the oldest."""

CLEANED_UP: Final = 100
"""How many expired challenges a new one deletes at most."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Whom a challenge is for: the tenant, and the hash of their session or ticket; nobody in particular by default."""

    tenant_id: UUID = PLATFORM
    bound_to: bytes | None = None


async def issue_challenge(work: UnitOfWork, purpose: ChallengePurpose, binding: Binding) -> bytes:
    """Store and return a new challenge of 256 random bits."""
    challenge = secrets.token_bytes(32)
    in_tenant, is_over = PasskeyChallenge.tenant_id == binding.tenant_id, PasskeyChallenge.expires_at <= func.now()
    expired = select(PasskeyChallenge.challenge_hash).where(in_tenant, is_over).limit(CLEANED_UP)
    ended = delete(PasskeyChallenge).where(in_tenant, PasskeyChallenge.challenge_hash.in_(locked_batch(expired)))
    issued = insert(PasskeyChallenge).values(
        tenant_id=binding.tenant_id,
        challenge_hash=sha256(challenge).digest(),
        purpose=purpose.value,
        bound_to=binding.bound_to,
        expires_at=func.now() + LIFETIME,
    )
    statement = issued.add_cte(ended.cte("ended"))
    if binding.bound_to is not None:
        own = in_tenant, PasskeyChallenge.bound_to == binding.bound_to, ~is_over
        newest = select(PasskeyChallenge.challenge_hash).where(*own).order_by(PasskeyChallenge.expires_at.desc())
        too_many = PasskeyChallenge.challenge_hash.not_in(newest.limit(OPEN_CHALLENGES - 1))
        statement = statement.add_cte(delete(PasskeyChallenge).where(*own, too_many).cte("oldest"))
    await work.execute(statement)
    return challenge


async def use_challenge(work: UnitOfWork, purpose: ChallengePurpose, binding: Binding, challenge: bytes) -> bool:
    """Use a challenge up. Returns whether it was an open one of this purpose and binding. It is used up if and only if
    the transaction commits, and of two transactions that try, one succeeds."""
    used = delete(PasskeyChallenge).where(
        PasskeyChallenge.tenant_id == binding.tenant_id,
        PasskeyChallenge.challenge_hash == sha256(challenge).digest(),
        PasskeyChallenge.purpose == purpose.value,
        PasskeyChallenge.bound_to.is_not_distinct_from(binding.bound_to),
        PasskeyChallenge.expires_at > func.now(),
    )
    return (await work.execute(used.returning(PasskeyChallenge.tenant_id))).scalar_one_or_none() is not None
