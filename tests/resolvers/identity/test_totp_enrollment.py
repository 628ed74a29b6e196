"""Setting up an authenticator app, and what every change of second factors entails."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.totp_enrollment import confirm_totp, create_recovery_codes, remove_totp, start_totp
from resolvers.mutations.users.lifecycle import remove_user
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.passwords import SAM, VISITOR, audited, open_sessions, signed_in_as
from tests.support.resolver_fixtures import acting, caller, client_of, contents, problems, rows, token_of
from tests.support.second_factors import (
    App,
    age_proofs,
    enroll,
    require_second_factor,
    ticket_for,
)

pytestmark = pytest.mark.invariant("second_factors")

SAMS, ADA = named_key(SAM), "ada@acme.example"
Work = Callable[[UnitOfWork], Awaitable[Any]]


async def start(work: UnitOfWork) -> Any:
    return await start_totp(work, None)


async def refusal(writing: MutationContext, who: Caller, work: Work) -> list[tuple[str, str]]:
    """The problems of a mutation that is rejected; asserts that it changed nothing."""
    before = await contents(writing), await rows(writing, "SELECT t::text FROM totp_factors t")
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, who, work)
    after = await contents(writing), await rows(writing, "SELECT t::text FROM totp_factors t")
    events = "audit_events"
    assert {**before[0], events: []} == {**after[0], events: []}
    assert before[1] == after[1]
    return problems(rejection.value)


async def mailed(writing: MutationContext) -> list[Any]:
    query = "SELECT values ->> 'change', recipient FROM outbox_mails WHERE kind = 'SECOND_FACTORS_CHANGED' ORDER BY id"
    return [tuple(row) for row in await rows(writing, query)]


async def test_a_factor_exists_when_a_code_confirms_it(writing: MutationContext) -> None:
    _, other = await signed_in_as(writing)
    _, sam = await signed_in_as(writing)
    started = await run_in_transaction(writing, sam, start)
    assert await rows(writing, "SELECT 1 FROM totp_factors") == []
    wrong = "000000" if App(started.secret).code() != "000000" else "000001"
    with pytest.raises(MutationRejected) as rejection:
        await confirm_totp(writing, sam, started.enrollment, wrong, None)
    assert problems(rejection.value) == [("CODE_INVALID", "input.code")]
    assert await rows(writing, "SELECT 1 FROM totp_factors") == []
    code = App(started.secret).code()
    confirmed = await confirm_totp(writing, sam, started.enrollment, code, None)
    assert confirmed.session is None
    assert confirmed.recovery_codes is not None
    # The session that was used goes on, and the other one has ended.
    assert await rows(writing, "SELECT 1 FROM sessions WHERE token_hash = :hash", hash=sam.session_hash)
    assert not await rows(writing, "SELECT 1 FROM sessions WHERE token_hash = :hash", hash=other.session_hash)
    [event] = await audited(writing, "user.second_factor_added")
    assert (event.subject_id, event.actor_id, event.changes) == (SAMS, SAMS, {"method": [None, "TOTP"]})
    assert await mailed(writing) == [("TOTP_ADDED", SAM)]
    # The code that confirmed it signs nobody in.
    with pytest.raises(MutationRejected) as rejection:
        await complete_sign_in(writing, VISITOR, (await ticket_for(writing)).token, code)
    assert problems(rejection.value) == [("CODE_INVALID", "input.code")]


async def test_an_enrollment_is_for_its_user_and_for_a_while(writing: MutationContext) -> None:
    sam, ada = await caller(writing, SAM), await caller(writing, ADA)
    started = await run_in_transaction(writing, sam, start)
    code = App(started.secret).code()
    short = replace(writing, lifetimes=replace(writing.lifetimes, ticket=-writing.lifetimes.ticket))
    late = await run_in_transaction(short, sam, start)
    for who, enrollment in (
        (ada, started.enrollment),
        (sam, ""),
        (sam, "not base64"),
        (sam, "\ud800"),
        (sam, "a" * 100_000),
        (sam, started.enrollment[:-4] + "AAAA"),
        (sam, late.enrollment),
    ):
        with pytest.raises(MutationRejected) as rejection:
            await confirm_totp(writing, who, enrollment, code, None)
        assert problems(rejection.value) == [("INVALID", "input.enrollment")]
    await confirm_totp(writing, sam, started.enrollment, App(started.secret).code(), None)


async def test_another_app_takes_the_place_of_the_first(writing: MutationContext) -> None:
    first = await enroll(writing)
    second = await enroll(writing)
    assert second.recovery_codes == ()
    ticket = (await ticket_for(writing)).token
    with pytest.raises(MutationRejected):
        await complete_sign_in(writing, VISITOR, ticket, first.code())
    await complete_sign_in(writing, VISITOR, ticket, second.code())


async def test_removing_the_last_factor_removes_the_recovery_codes(writing: MutationContext) -> None:
    await enroll(writing)
    sam = await caller(writing, SAM)
    await run_in_transaction(writing, sam, remove_totp)
    for table in ("totp_factors", "recovery_codes"):
        assert await rows(writing, f"SELECT 1 FROM {table}") == []
    assert (await mailed(writing))[-1] == ("TOTP_REMOVED", SAM)
    assert await refusal(writing, sam, remove_totp) == [("NOT_FOUND", "")]
    assert await refusal(writing, sam, create_recovery_codes) == [("NOT_FOUND", "")]
    assert (await signed_in_as(writing))[0].actor.id == SAMS


async def test_a_required_factor_is_not_removed(writing: MutationContext) -> None:
    await enroll(writing)
    await require_second_factor(writing)
    assert await refusal(writing, await caller(writing, SAM), remove_totp) == [("SECOND_FACTOR_REQUIRED", "")]


async def test_new_recovery_codes_replace_the_old_ones(writing: MutationContext) -> None:
    old = await enroll(writing)
    codes = await run_in_transaction(writing, await caller(writing, SAM), create_recovery_codes)
    assert not set(codes) & set(old.recovery_codes)
    ticket = (await ticket_for(writing)).token
    with pytest.raises(MutationRejected):
        await complete_sign_in(writing, VISITOR, ticket, old.recovery_codes[0])
    await complete_sign_in(writing, VISITOR, ticket, codes[0])
    assert ("RECOVERY_CODES_CREATED", SAM) in await mailed(writing)


@pytest.mark.invariant("recent_proof")
@pytest.mark.parametrize("work", [start, remove_totp, create_recovery_codes])
async def test_changes_ask_for_a_recent_proof(writing: MutationContext, work: Work) -> None:
    await enroll(writing)
    sam = await caller(writing, SAM)
    await age_proofs(writing)
    assert await refusal(writing, sam, work) == [("REAUTHENTICATION_REQUIRED", "")]


@pytest.mark.parametrize("work", [start, remove_totp, create_recovery_codes])
async def test_api_clients_and_strangers_have_no_factors(writing: MutationContext, work: Work) -> None:
    client = await acting(writing, token_of(await client_of(writing, ADA)))
    assert [code for code, _ in await refusal(writing, client, work)] == ["FORBIDDEN"]
    assert [code for code, _ in await refusal(writing, VISITOR, work)] == ["UNAUTHENTICATED"]


async def test_changes_are_limited(writing: MutationContext) -> None:
    await enroll(writing)
    sam = await caller(writing, SAM)
    for _ in range(29):
        await run_in_transaction(writing, sam, create_recovery_codes)
    assert await refusal(writing, sam, create_recovery_codes) == [("RATE_LIMITED", "")]


async def test_an_admin_resets_the_factors_of_a_user_whom_they_may_update(writing: MutationContext) -> None:
    app, ada = await enroll(writing), await caller(writing, ADA)
    ticket = (await ticket_for(writing)).token
    assert await run_in_transaction(writing, ada, lambda work: reset_second_factors(work, SAMS)) == SAMS
    assert await open_sessions(writing) == []
    with pytest.raises(MutationRejected) as rejection:
        await complete_sign_in(writing, VISITOR, ticket, app.code())
    assert problems(rejection.value) == [("TICKET_INVALID", "input.ticket")]
    [event] = await audited(writing, "user.second_factors_reset")
    assert (event.subject_id, event.actor_id) == (SAMS, named_key(ADA))
    assert (await mailed(writing))[-1] == ("RESET", SAM)
    assert (await signed_in_as(writing))[0].actor.id == SAMS
    # Once more changes nothing, and mails nothing.
    mails = len(await mailed(writing))
    await run_in_transaction(writing, ada, lambda work: reset_second_factors(work, SAMS))
    assert len(await mailed(writing)) == mails


@pytest.mark.parametrize(
    ("who", "whose", "code"),
    [
        (SAM, ADA, "FORBIDDEN"),
        ("sue@acme.example", SAM, "NOT_FOUND"),
        (ADA, ADA, "FORBIDDEN"),
        (ADA, "max@globex.example", "NOT_FOUND"),
        (ADA, "staff@portico.example", "NOT_FOUND"),
    ],
)
async def test_nobody_else_does(writing: MutationContext, who: str, whose: str, code: str) -> None:
    await enroll(writing, whose)
    someone, id_ = await caller(writing, who), named_key(whose)
    found = await refusal(writing, someone, lambda work: reset_second_factors(work, id_))
    assert found == [(code, "input.id")]


async def test_an_api_client_resets_nothing(writing: MutationContext) -> None:
    await enroll(writing)
    client = await acting(writing, token_of(await client_of(writing, ADA)))
    found = await refusal(writing, client, lambda work: reset_second_factors(work, SAMS))
    assert found == [("FORBIDDEN", "input.id")]


async def test_whoever_is_reset_where_a_factor_is_required_can_only_set_one_up(writing: MutationContext) -> None:
    await enroll(writing)
    await require_second_factor(writing)
    ada = await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: reset_second_factors(work, SAMS))
    assert (await ticket_for(writing)).methods == ()


async def test_factors_survive_another_secret_key_only_as_useless_rows(writing: MutationContext) -> None:
    app = await enroll(writing)
    other = replace(writing, secret_key=b"another key for tests, 32 bytes!")
    ticket = (await ticket_for(other)).token
    for code in (app.code(), app.recovery_codes[0]):
        with pytest.raises(MutationRejected) as rejection:
            await complete_sign_in(other, VISITOR, ticket, code)
        assert problems(rejection.value) == [("CODE_INVALID", "input.code")]


async def test_a_removed_user_keeps_no_factors(writing: MutationContext) -> None:
    await enroll(writing, "sue@acme.example")
    ada = await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: remove_user(work, named_key("sue@acme.example")))
    assert await rows(writing, "SELECT 1 FROM totp_factors UNION ALL SELECT 1 FROM recovery_codes") == []


async def test_a_mail_is_not_lost_when_many_were_sent_to_the_user(writing: MutationContext) -> None:
    for _ in range(7):
        await enroll(writing)
    assert len(await mailed(writing)) == 7
