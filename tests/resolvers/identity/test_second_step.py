"""The second step of a sign-in: what a ticket opens, that each code counts once, and how wrong ones are limited."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import SecondFactorMethod
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import load_actor
from resolvers.errors import MutationRejected
from resolvers.identity.passwords import change_password, reset_password
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.session_start import SignedIn
from resolvers.identity.sessions import sign_in
from resolvers.identity.sign_in_tickets import OPEN_TICKETS
from resolvers.identity.totp_enrollment import confirm_totp, start_totp
from resolvers.mutations.users.lifecycle import remove_user
from resolvers.rate_limits.database_counts import DatabaseCounts
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.passwords import NEW, SAM, VISITOR, audited, link_token, open_sessions, signed_in_as
from tests.support.resolver_fixtures import SECRET_KEY, caller, contents, problems, rows, run
from tests.support.second_factors import App, enroll, forget_codes, require_second_factor, ticket_for

pytestmark = pytest.mark.invariant("second_factors")

SAMS = named_key(SAM)
WRONG = [("CODE_INVALID", "input.code")]
NO_TICKET = [("TICKET_INVALID", "input.ticket")]


async def rejected(writing: MutationContext, ticket: str, code: str, who: Caller = VISITOR) -> list[tuple[str, str]]:
    with pytest.raises(MutationRejected) as rejection:
        await complete_sign_in(writing, who, ticket, code)
    return problems(rejection.value)


async def test_a_code_turns_the_ticket_into_a_session(writing: MutationContext) -> None:
    app = await enroll(writing)
    await run(writing, "UPDATE users SET last_sign_in_at = NULL")
    ticket = await ticket_for(writing)
    assert ticket.methods == [SecondFactorMethod.TOTP, SecondFactorMethod.RECOVERY_CODE]
    [row] = await rows(writing, "SELECT *, expires_at - created_at AS lifetime FROM sign_in_tickets")
    assert (row.expires_at, row.lifetime) == (ticket.expires_at, writing.lifetimes.ticket)
    assert await rows(writing, "SELECT 1 FROM users WHERE last_sign_in_at IS NOT NULL") == []
    session = await complete_sign_in(writing, VISITOR, ticket.token, f" {app.code()[:3]} {app.code()[3:]} ")
    assert session.actor.id == SAMS
    assert await rows(writing, "SELECT id FROM sessions WHERE id = :id", id=session.session_id)
    assert await rows(writing, "SELECT 1 FROM users WHERE last_sign_in_at IS NOT NULL AND id = :id", id=SAMS)
    [challenged], [started] = await audited(writing, "session.challenged"), await audited(writing, "session.started")
    assert (challenged.actor_id, started.actor_id, started.address) == (SAMS, SAMS, VISITOR.address)
    everything = str(await contents(writing)) + str(await rows(writing, "SELECT t::text FROM totp_factors t"))
    assert ticket.token not in everything
    assert app.secret not in everything


async def test_a_wrong_password_says_nothing_of_a_second_factor(writing: MutationContext) -> None:
    await enroll(writing)
    refusals = []
    for email in (SAM, "ada@acme.example", "nobody@acme.example"):
        with pytest.raises(MutationRejected) as rejection:
            await sign_in(writing, VISITOR, email, "wrong")
        refusals.append(rejection.value.problems)
    assert refusals[0] == refusals[1] == refusals[2]
    assert await rows(writing, "SELECT 1 FROM sign_in_tickets") == []


async def test_a_ticket_is_no_session_and_no_other_ticket(writing: MutationContext) -> None:
    app = await enroll(writing)
    ticket = (await ticket_for(writing)).token
    async with writing.engine.connect() as connection:
        assert await load_actor(connection, SessionToken.of(ticket.encode()), writing.lifetimes.idle) is None
    for attempt in (
        run_in_transaction(writing, VISITOR, lambda work: start_totp(work, ticket)),
        confirm_totp(writing, VISITOR, "any", app.code(), ticket),
    ):
        with pytest.raises(MutationRejected) as rejection:
            await attempt
        assert problems(rejection.value) == NO_TICKET
    assert await rejected(writing, "", app.code()) == NO_TICKET
    assert await rejected(writing, "a" * 65, app.code()) == NO_TICKET
    assert await rejected(writing, ticket[:-1] + ("A" if ticket[-1] != "A" else "B"), app.code()) == NO_TICKET
    # A session is no ticket either.
    token = (await signed_in_as(writing, "ada@acme.example"))[0].token
    assert await rejected(writing, token, app.code()) == NO_TICKET


async def test_a_ticket_is_used_once_and_a_code_too(writing: MutationContext) -> None:
    app = await enroll(writing)
    first, second = await ticket_for(writing), await ticket_for(writing)
    code = app.code()
    await complete_sign_in(writing, VISITOR, first.token, code)
    # All tickets of the user are used up, so that none is left for whoever has seen the password.
    assert await rejected(writing, first.token, app.code(1)) == NO_TICKET
    assert await rejected(writing, second.token, app.code(1)) == NO_TICKET
    assert await rejected(writing, (await ticket_for(writing)).token, code) == WRONG
    await complete_sign_in(writing, VISITOR, (await ticket_for(writing)).token, app.code(1))


async def test_of_many_who_use_one_code_at_once_one_gets_a_session(writing: MutationContext) -> None:
    app = await enroll(writing)
    before = len(await open_sessions(writing))
    tickets = [await ticket_for(writing) for _ in range(4)]
    code = app.code()
    attempts = [complete_sign_in(writing, VISITOR, ticket.token, code) for ticket in tickets]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([result for result in results if isinstance(result, SignedIn)]) == 1
    assert len([result for result in results if isinstance(result, MutationRejected)]) == 3
    assert len(await open_sessions(writing)) == before + 1


async def test_a_recovery_code_counts_once_and_its_user_is_told(writing: MutationContext) -> None:
    app = await enroll(writing)
    assert len(app.recovery_codes) == 10
    code = app.recovery_codes[3]
    await complete_sign_in(writing, VISITOR, (await ticket_for(writing)).token, code.upper())
    assert await rejected(writing, (await ticket_for(writing)).token, code) == WRONG
    [event] = await audited(writing, "user.recovery_code_used")
    assert (event.subject_id, event.changes) == (SAMS, {"left": [None, 9]})
    values = [row.values for row in await rows(writing, "SELECT values FROM outbox_mails ORDER BY id")]
    assert values[-1] == {"change": "RECOVERY_CODE_USED", "left": 9}
    stored = str(await rows(writing, "SELECT code_hash FROM recovery_codes"))
    assert all(code not in stored for code in app.recovery_codes)


async def test_the_recovery_code_of_another_user_is_wrong(writing: MutationContext) -> None:
    await enroll(writing)
    other = await enroll(writing, "ada@acme.example")
    assert await rejected(writing, (await ticket_for(writing)).token, other.recovery_codes[0]) == WRONG
    assert await rejected(writing, (await ticket_for(writing)).token, other.code()) == WRONG
    # Not even if somebody who can write to the database gives it to them.
    await run(writing, "UPDATE recovery_codes SET user_id = :sam WHERE user_id <> :sam", sam=SAMS)
    assert await rejected(writing, (await ticket_for(writing)).token, other.recovery_codes[0]) == WRONG


async def test_a_secret_that_was_copied_to_another_user_is_useless(writing: MutationContext) -> None:
    app = await enroll(writing, "ada@acme.example")
    await enroll(writing)
    [other] = await rows(writing, "SELECT secret FROM totp_factors WHERE user_id <> :sam", sam=SAMS)
    copy = "UPDATE totp_factors SET secret = :secret WHERE user_id = :sam"
    await run(writing, copy, sam=SAMS, secret=other.secret)
    assert await rejected(writing, (await ticket_for(writing)).token, app.code()) == WRONG


@pytest.mark.parametrize("code", ["", "000000", "abcde-fghjk", "1" * 100_000, "\0", "\ud800", "٠١٢٣٤٥"])
async def test_a_wrong_code_leaves_the_ticket_and_is_audited(writing: MutationContext, code: str) -> None:
    app = await enroll(writing)
    ticket = (await ticket_for(writing)).token
    assert await rejected(writing, ticket, code) == WRONG
    [event] = await audited(writing, "session.second_factor_refused")
    assert (event.subject_id, event.actor_id, event.address) == (SAMS, None, VISITOR.address)
    assert event.changes == {"email": [None, SAM]}
    await complete_sign_in(writing, VISITOR, ticket, app.code())


async def test_guesses_are_counted_by_user_through_all_processes(writing: MutationContext) -> None:
    app = await enroll(writing)
    processes = [
        replace(writing, limits=RateLimiter(counts=DatabaseCounts(writing.engine, SECRET_KEY))) for _ in range(3)
    ]
    newest = (await ticket_for(writing)).token
    counts: dict[str, int] = {}
    for number in range(14):
        who = replace(VISITOR, address=f"198.51.100.{number}")
        [(code, _)] = await rejected(processes[number % 3], newest, "000000", who)
        counts[code] = counts.get(code, 0) + 1
    assert counts == {"CODE_INVALID": 10, "RATE_LIMITED": 4}
    # Then the right code has to wait, too, with a new ticket as well.
    for ticket in (newest, (await ticket_for(writing)).token):
        assert [code for code, _ in await rejected(processes[0], ticket, app.code())] == ["RATE_LIMITED"]
    assert len(await open_sessions(writing)) == 1


async def test_concurrent_guesses_do_not_exceed_the_limit(writing: MutationContext) -> None:
    await enroll(writing)
    process = replace(writing, limits=RateLimiter(counts=DatabaseCounts(writing.engine, SECRET_KEY)))
    ticket = (await ticket_for(writing)).token
    found = await asyncio.gather(*(rejected(process, ticket, f"00000{n % 10}") for n in range(16)))
    assert [code for [(code, _)] in found].count("CODE_INVALID") <= 10


async def test_right_codes_are_not_limited(writing: MutationContext) -> None:
    app = await enroll(writing)
    for _ in range(12):
        await forget_codes(writing)
        await complete_sign_in(writing, VISITOR, (await ticket_for(writing)).token, app.code())


async def test_a_ticket_expires(writing: MutationContext) -> None:
    app = await enroll(writing)
    ticket = (await ticket_for(writing)).token
    await run(writing, "UPDATE sign_in_tickets SET expires_at = now()")
    assert await rejected(writing, ticket, app.code()) == NO_TICKET


async def test_a_user_has_few_open_tickets(writing: MutationContext) -> None:
    app = await enroll(writing)
    tickets = [await ticket_for(writing) for _ in range(OPEN_TICKETS + 2)]
    assert len(await rows(writing, "SELECT 1 FROM sign_in_tickets")) == OPEN_TICKETS
    assert await rejected(writing, tickets[1].token, app.code()) == NO_TICKET
    await complete_sign_in(writing, VISITOR, tickets[2].token, app.code())


async def ending(writing: MutationContext, what: str) -> None:
    match what:
        case "removed":
            ada = await caller(writing, "ada@acme.example")
            await run_in_transaction(writing, ada, lambda work: remove_user(work, SAMS))
        case "reset":
            await reset_password(writing, VISITOR, await link_token(writing), NEW)
        case "changed":
            await change_password(writing, await caller(writing, SAM), PASSWORD, NEW)
        case _:
            await enroll(writing)


@pytest.mark.parametrize("what", ["removed", "reset", "changed", "another app"])
async def test_what_ends_sessions_ends_tickets(writing: MutationContext, what: str, short_tick: None) -> None:
    app = await enroll(writing)
    ticket = (await ticket_for(writing)).token
    await ending(writing, what)
    assert await rejected(writing, ticket, app.code()) == NO_TICKET


async def test_a_required_second_factor_is_set_up_before_there_is_a_session(writing: MutationContext) -> None:
    await require_second_factor(writing)
    ticket = await ticket_for(writing)
    assert ticket.methods == ()
    assert await rejected(writing, ticket.token, "000000") == NO_TICKET
    started = await run_in_transaction(writing, VISITOR, lambda work: start_totp(work, ticket.token))
    app = App(started.secret)
    confirmed = await confirm_totp(writing, VISITOR, started.enrollment, app.code(), ticket.token)
    assert confirmed.session is not None
    assert confirmed.session.actor.id == SAMS
    assert confirmed.recovery_codes is not None
    assert len(confirmed.recovery_codes) == 10
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, VISITOR, lambda work: start_totp(work, ticket.token))
    assert problems(rejection.value) == NO_TICKET
    again = await ticket_for(writing)
    assert SecondFactorMethod.TOTP in again.methods


async def test_a_user_of_an_organization_that_requires_none_signs_in_as_before(writing: MutationContext) -> None:
    await require_second_factor(writing)
    session: Any = await sign_in(writing, VISITOR, "max@globex.example", PASSWORD)
    assert session.actor.id == named_key("max@globex.example")
    staff = await sign_in(writing, VISITOR, "staff@portico.example", PASSWORD)
    assert staff.actor.organization_id is None
