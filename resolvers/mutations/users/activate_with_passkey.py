"""Activates a user who makes a passkey instead of a password.

The link from the activation mail stands for the session in which other users add a passkey: the challenge is bound to
its token, and only somebody with the link can use it. The user then has no password. They can set one with the link of
`requestPasswordReset`; it is not enough alone, because the passkey is a second factor as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from models import AuditKind, ChallengePurpose, SecondFactorMethod, TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected, Problem
from resolvers.identity.hashing import token_hash
from resolvers.identity.one_time_tokens import lock_token, read_valid_token
from resolvers.identity.passkeys.ceremonies import PasskeySite, user_handle
from resolvers.identity.passkeys.challenges import Binding, issue_challenge
from resolvers.identity.passkeys.registration import NAME_MAX, store, verified
from resolvers.identity.second_factors import lock_factors
from resolvers.mutations.users.activate import activate_locked, checked_details
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.person import NewDetails
from resolvers.validation.text import name_problems

NAME: Final = ("input", "passkeyName")


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """What a browser has made, as JSON, and what the user calls it."""

    credential: str
    name: str


@dataclass(frozen=True, slots=True)
class Activated:
    """The user who is active now, and their recovery codes, which are shown this once."""

    user_id: UUID
    recovery_codes: list[str]


async def start_activation_passkey(context: MutationContext, caller: Caller, token: str) -> str:
    """Returns the options for making a passkey, for the activation link with this token, which stays valid.

    Raises `MutationRejected`: RATE_LIMITED; TOKEN_INVALID or TOKEN_EXPIRED at `activationToken` of the input.
    """
    await context.limits.issue_passkey_challenge(caller.address)

    async def start(work: UnitOfWork) -> str:
        row = await lock_token(work, token, TokenPurpose.ACTIVATION, ("input", "activationToken"))
        challenge = await issue_challenge(work, ChallengePurpose.REGISTER, _binding(row, token))
        changes = created({"method": SecondFactorMethod.PASSKEY.value})
        kind, user_id = AuditKind.USER_SECOND_FACTOR_STARTED, row.user_id
        await work.audit(AuditEntry(kind, user_id, row.organization_id, actor_id=user_id, changes=changes))
        handle = user_handle(row.tenant_id, user_id)
        return PasskeySite(work.context.origin).creation_options(challenge, handle, row.email, ())

    async with context.limits.use_link(token_hash(token), caller.address):
        return await run_in_transaction(context, caller, start)


async def activate_with_passkey(
    context: MutationContext,
    caller: Caller,
    token: str,
    passkey: MadePasskey,
    details: NewDetails | None = None,
    *,
    problems: Sequence[Problem] = (),
) -> Activated:
    """As `activate_user`, with a passkey that was made with the options of `start_activation_passkey`.

    Raises `MutationRejected`: RATE_LIMITED, TOKEN_INVALID or TOKEN_EXPIRED (alone), or INVALID with all problems; and
    INVALID for a credential that doesn't answer an open challenge of this link.
    """
    async with context.limits.use_link(token_hash(token), caller.address):
        user = await read_valid_token(context, token, TokenPurpose.ACTIVATION)
        after, of_details = checked_details(user, details)
        found = [*problems, *of_details, *name_problems(passkey.name, NAME_MAX, *NAME)]
        if found:
            raise MutationRejected(found)
        return await run_in_transaction(context, caller, lambda work: _activate(work, token, passkey, after))


async def _activate(work: UnitOfWork, token: str, passkey: MadePasskey, after: dict[str, Any]) -> Activated:
    row = await lock_token(work, token, TokenPurpose.ACTIVATION)
    made = await verified(work, _binding(row, token), passkey.credential)
    await activate_locked(work, row, None, after)
    user = await lock_factors(work, row.tenant_id, row.user_id)
    if user is None:
        raise RuntimeError("the user was activated but is not active")
    enrolled = await store(work, user, made, passkey.name)
    return Activated(user.id, enrolled.recovery_codes or [])


def _binding(row: Row[*tuple[Any, ...]], token: str) -> Binding:
    return Binding(row.tenant_id, token_hash(token))
