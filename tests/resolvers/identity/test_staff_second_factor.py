"""A second factor that the operator requires of staff: their password alone opens nothing, and what it opened ends."""

from dataclasses import replace

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import PLATFORM
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.identity.sessions import SignedIn, sign_in
from resolvers.identity.staff_requirement import end_staff_sessions_without_second_factor
from resolvers.identity.totp_enrollment import confirm_totp, remove_totp, start_totp
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.passwords import SAM, VISITOR, audited, open_sessions
from tests.support.resolver_fixtures import caller, run
from tests.support.second_factors import App, enroll, ticket_for, with_passkey

pytestmark = pytest.mark.invariant("second_factors")

STAFF = "staff@portico.example"


@pytest.fixture
def required(writing: MutationContext) -> MutationContext:
    return replace(writing, staff_second_factor=True)


async def end_sessions(required: MutationContext) -> int:
    return await run_in_transaction(required, VISITOR, end_staff_sessions_without_second_factor)


async def test_staff_without_one_set_it_up_when_they_sign_in(required: MutationContext) -> None:
    ticket = await ticket_for(required, STAFF)
    assert ticket.methods == ()
    started = await run_in_transaction(required, VISITOR, lambda work: start_totp(work, ticket.token))
    code = App(started.secret).code()
    enrolled = await confirm_totp(required, VISITOR, started.enrollment, code, ticket.token)
    assert enrolled.session is not None
    assert enrolled.session.actor.id == named_key(STAFF)
    assert (await ticket_for(required, STAFF)).methods


async def test_nobody_else_needs_one_and_staff_need_none_by_default(required: MutationContext) -> None:
    assert isinstance(await sign_in(required, VISITOR, SAM, PASSWORD), SignedIn)
    assert isinstance(await sign_in(replace(required, staff_second_factor=False), VISITOR, STAFF, PASSWORD), SignedIn)


async def test_the_last_one_cannot_be_removed(required: MutationContext) -> None:
    await enroll(required, STAFF)
    staff = await caller(required, STAFF)
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(required, staff, remove_totp)
    assert [problem.code for problem in rejected.value.problems] == [ErrorCode.SECOND_FACTOR_REQUIRED]
    await run_in_transaction(replace(required, staff_second_factor=False), staff, remove_totp)


async def test_sessions_that_began_without_one_end(required: MutationContext) -> None:
    for email in (STAFF, STAFF, SAM):
        await caller(required, email)
    assert await end_sessions(required) == 2
    assert (len(await open_sessions(required, STAFF)), len(await open_sessions(required, SAM))) == (0, 1)
    assert {event.subject_id for event in await audited(required, "session.ended")} == {named_key(STAFF)}
    assert await end_sessions(required) == 0


@pytest.mark.parametrize("set_up", [enroll, with_passkey])
async def test_sessions_of_whoever_has_one_go_on(required: MutationContext, set_up: object) -> None:
    assert callable(set_up)
    await set_up(required, STAFF)
    await caller(required, STAFF)
    assert await end_sessions(required) == 0
    assert await open_sessions(required, STAFF)


async def test_a_session_of_the_provider_of_staff_goes_on(required: MutationContext) -> None:
    await caller(required, STAFF)
    identity = (
        "INSERT INTO user_identities (id, tenant_id, user_id, issuer, subject) VALUES (:id, :tenant, :id, 'i', 's')"
    )
    await run(required, identity, id=named_key(STAFF), tenant=PLATFORM)
    await run(required, "UPDATE sessions SET identity_id = :id WHERE user_id = :id", id=named_key(STAFF))
    assert await end_sessions(required) == 0
    await caller(required, STAFF)
    assert await end_sessions(required) == 1
    assert len(await open_sessions(required, STAFF)) == 1
