"""The mutations about second factors, prepared up to the moment when they run (`begun.py`)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from app.demo.fixed_ids import named_key
from models import ChallengePurpose
from resolvers.identity.passkeys.registration import add_passkey, remove_passkey, rename_passkey, start_registration
from resolvers.identity.passkeys.sign_in import create_challenge, sign_in_with_passkey
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.step_up import GivenProof, reauthenticate
from resolvers.identity.totp_enrollment import confirm_totp, create_recovery_codes, remove_totp, start_totp
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.mutations.of_someone import Mutation, of_ada
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, rows
from tests.support.second_factors import App, enroll, require_second_factor, ticket_for, with_passkey


async def begin_complete_sign_in(writing: MutationContext) -> Mutation:
    app = await enroll(writing)
    ticket = (await ticket_for(writing)).token
    code = app.recovery_codes[0]
    return lambda: complete_sign_in(writing, VISITOR, ticket, code)


async def begin_reauthenticate(writing: MutationContext) -> Mutation:
    app, sam = await enroll(writing), await caller(writing, SAM)
    return lambda: reauthenticate(writing, sam, GivenProof(code=app.recovery_codes[0]))


async def begin_confirm_totp(writing: MutationContext) -> Mutation:
    await require_second_factor(writing)
    ticket = (await ticket_for(writing)).token
    started = await run_in_transaction(writing, VISITOR, lambda work: start_totp(work, ticket))
    code = App(started.secret).code()
    return lambda: confirm_totp(writing, VISITOR, started.enrollment, code, ticket)


async def begin_of_sam(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Mutation:
    await enroll(writing)
    return await of_ada(writing, work, SAM)


async def begin_reset_second_factors(writing: MutationContext) -> Mutation:
    await enroll(writing)
    return await of_ada(writing, lambda work: reset_second_factors(work, named_key(SAM)))


async def begin_add_passkey(writing: MutationContext) -> Mutation:
    sam = await caller(writing, SAM)
    options = await run_in_transaction(writing, sam, lambda work: start_registration(work, None))
    credential = Authenticator(writing.origin).create(options)
    return lambda: add_passkey(writing, sam, credential, "Phone", None)


async def begin_sign_in_with_passkey(writing: MutationContext) -> Mutation:
    device = await with_passkey(writing)
    options = await create_challenge(writing, VISITOR, ChallengePurpose.SIGN_IN, None)
    credential = device.get(options)
    return lambda: sign_in_with_passkey(writing, VISITOR, credential, None)


async def begin_of_passkey(writing: MutationContext, work: Callable[[UnitOfWork, UUID], Awaitable[Any]]) -> Mutation:
    await with_passkey(writing)
    [row] = await rows(writing, "SELECT id FROM passkeys")
    return await of_ada(writing, lambda unit: work(unit, row.id), SAM)


async def begin_create_challenge(writing: MutationContext) -> Mutation:
    return lambda: create_challenge(writing, VISITOR, ChallengePurpose.SIGN_IN, None)


OF_SECOND_FACTORS: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "completeSignIn": (begin_complete_sign_in, "user.recovery_code_used session.started", 1),
    "reauthenticate": (begin_reauthenticate, "user.recovery_code_used session.reauthenticated", 1),
    "startTotpEnrollment": (
        lambda writing: of_ada(writing, lambda work: start_totp(work, None)),
        "user.second_factor_started",
        0,
    ),
    "confirmTotpEnrollment": (begin_confirm_totp, "user.second_factor_added session.started", 1),
    "removeTotp": (lambda writing: begin_of_sam(writing, remove_totp), "user.second_factor_removed", 1),
    "createRecoveryCodes": (
        lambda writing: begin_of_sam(writing, create_recovery_codes),
        "user.recovery_codes_created",
        1,
    ),
    "resetSecondFactors": (begin_reset_second_factors, "user.second_factors_reset", 1),
    "startPasskeyRegistration": (
        lambda writing: of_ada(writing, lambda work: start_registration(work, None)),
        "user.second_factor_started",
        0,
    ),
    "addPasskey": (begin_add_passkey, "user.second_factor_added", 1),
    "renamePasskey": (
        lambda writing: begin_of_passkey(writing, lambda work, key: rename_passkey(work, key, "Laptop")),
        "user.second_factor_renamed",
        0,
    ),
    "removePasskey": (lambda writing: begin_of_passkey(writing, remove_passkey), "user.second_factor_removed", 1),
    "createPasskeyChallenge": (begin_create_challenge, "session.challenged", 0),
    "signInWithPasskey": (begin_sign_in_with_passkey, "session.started", 0),
}
