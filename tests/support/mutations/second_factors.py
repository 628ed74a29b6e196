"""The mutations about second factors, prepared up to the moment when they run (`begun.py`)."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.demo.fixed_ids import named_key
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.step_up import GivenProof, reauthenticate
from resolvers.identity.totp_enrollment import confirm_totp, create_recovery_codes, remove_totp, start_totp
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.mutations.of_someone import Mutation, of_ada
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller
from tests.support.second_factors import App, enroll, require_second_factor, ticket_for


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
}
