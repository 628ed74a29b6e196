"""Two machines with one database behave like one: each has a data folder, a policy file and caches of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from limits import RateLimitItemPerHour

from app.demo.fixed_ids import named_key
from app.policy.reload import request_reload
from models import TokenPurpose, User
from resolvers.public_id import encode
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import Rates
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from tests.support.mutations.every_mutation import link
from tests.support.passwords import SAM
from tests.support.policies import check_cache
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.resolver_fixtures import rows
from tests.support.second_factors import enroll, ticket_for
from tests.support.server import SIGN_IN, Client, codes, serving

ADA, SUE = "ada@acme.example", "sue@acme.example"
ME = "{ viewer { user { email } } }"
SERVICES = "{ services { totalCount } }"
SIGN_OUT = "mutation { signOut { errors { code } } }"
REMOVE = "mutation ($id: ID!) { removeUser(input: {id: $id}) { errors { code } } }"
REQUEST_RESET = """mutation ($email: EmailAddress!) {
  requestPasswordReset(input: {email: $email}) { errors { code } }
}"""
RESET = """mutation ($link: String!, $password: String!) {
  resetPassword(input: {token: $link, password: $password}) { errors { code } }
}"""
COMPLETE = """mutation ($ticket: String!, $code: String!) {
  completeSignIn(input: {ticket: $ticket, code: $code}) { errors { code } }
}"""
INVITE = """mutation ($email: EmailAddress!) {
  createUser(input: {email: $email, firstName: "Bo", lastName: "Th", allContractAccounts: true}) { errors { code } }
}"""
NEW_PASSWORD = "a long and winding password"
FREE = '{ emailAvailability(email: "free@acme.example") { state } }'
HOURS = BackoffPolicy(free_attempts=2, decay_interval=9_000, initial=9_000, maximum=9_000)


class Machines(NamedTuple):
    one: Client
    other: Client
    files: tuple[Path, Path]


@pytest.fixture
async def machines(demo_database_url: str, tmp_path: Path) -> AsyncIterator[Machines]:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir(mode=0o700)
        check_cache.seed(folder)
        (folder / "policies.polar").write_text(SHIPPED)
    files = folders[0] / "policies.polar", folders[1] / "policies.polar"
    async with (
        serving(demo_database_url, folders[0], policy=files[0], policy_watch=False) as one,
        serving(demo_database_url, folders[1], policy=files[1], policy_watch=False) as other,
    ):
        yield Machines(one, other, files)


async def signing_in(client: Client, email: str, password: str) -> str:
    """The code of the error of an attempt, or `in`."""
    answer = await client.answer(SIGN_IN, email=email, password=password)
    errors = answer["data"]["signIn"]["errors"]
    return errors[0]["code"] if errors else "in"


async def test_failed_sign_ins_count_at_both(machines: Machines) -> None:
    for machine in machines[:2]:
        machine.backend.attempts._backoff = SignInBackoff(email_and_address=HOURS)
    one, other, _ = machines
    wrong = [await signing_in(machine, SUE, "wrong") for machine in (one, other)]
    assert wrong == ["CREDENTIALS_INVALID"] * 2
    assert [await signing_in(machine, SUE, "portico-demo") for machine in (other, one)] == ["RATE_LIMITED"] * 2
    assert await signing_in(other, ADA, "portico-demo") == "in"


async def test_attempts_count_at_both(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, _ = machines
    for machine in (one, other):
        rates = Rates(email_availability=RateLimitItemPerHour(2))
        monkeypatch.setattr(machine.backend.mutation_context.limits, "rates", rates)
    token = await one.session(ADA)
    answers = [await machine.answer(FREE, token) for machine in (one, other, one, other)]
    assert [codes(answer) for answer in answers] == [[], [], ["RATE_LIMITED"], ["RATE_LIMITED"]]


def outcomes(answers: Iterable[dict[str, Any]]) -> Counter[str]:
    """How many payloads have each code as their first error, or none (`done`)."""
    payloads = [next(iter(answer["data"].values())) for answer in answers]
    return Counter(payload["errors"][0]["code"] if payload["errors"] else "done" for payload in payloads)


async def test_a_link_that_is_used_at_both_at_once_counts_once(machines: Machines) -> None:
    one, other, _ = machines
    assert outcomes([await other.answer(REQUEST_RESET, email=SUE)]) == {"done": 1}
    token = await link(one, SUE, TokenPurpose.PASSWORD_RESET)
    asked = [machine.answer(RESET, link=token, password=NEW_PASSWORD) for machine in (one, other) * 3]
    assert outcomes(await asyncio.gather(*asked)) == {"done": 1, "TOKEN_INVALID": 5}


async def test_a_code_of_an_app_that_is_given_to_both_at_once_counts_once(machines: Machines) -> None:
    one, other, _ = machines
    writing = one.backend.mutation_context
    app = await enroll(writing, SAM)
    tickets = [(await ticket_for(writing, SAM)).token for _ in range(6)]
    places = zip(tickets, (one, other) * 3, strict=True)
    asked = [machine.answer(COMPLETE, ticket=ticket, code=app.code()) for ticket, machine in places]
    found = outcomes(await asyncio.gather(*asked))
    assert found.pop("done") == 1
    assert sum(found.values()) == 5


async def test_a_mutation_under_one_key_runs_once_if_it_is_sent_to_both_at_once(machines: Machines) -> None:
    one, other, _ = machines
    token = await one.session(ADA)
    body = {"query": INVITE, "variables": {"email": "both@new.example"}}
    asked = [machine.post(body, token, **{"Idempotency-Key": "both"}) for machine in (one, other) * 3]
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert {code for answer in answers for code in codes(answer)} <= {"IDEMPOTENCY_IN_PROGRESS"}
    assert outcomes(answer for answer in answers if "errors" not in answer).keys() == {"done"}
    count = "SELECT count(*) FROM outbox_mails WHERE recipient = 'both@new.example'"
    [row] = await rows(one.backend.mutation_context, count)
    assert row.count == 1


async def test_attempts_at_both_at_once_are_no_more_than_the_limit(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = machines
    for machine in (one, other):
        rates = Rates(email_availability=RateLimitItemPerHour(3))
        monkeypatch.setattr(machine.backend.mutation_context.limits, "rates", rates)
    token = await one.session(ADA)
    answers = await asyncio.gather(*(machine.answer(FREE, token) for machine in (one, other) * 4))
    assert Counter(code for answer in answers for code in codes(answer) or ["done"]) == {
        "done": 3,
        "RATE_LIMITED": 5,
    }


async def test_a_session_that_ends_at_one_is_refused_at_the_other_at_once(machines: Machines) -> None:
    one, other, _ = machines
    token = await one.sign_in(SUE)
    for machine in (one, other):
        assert (await machine.data(ME, token))["viewer"]["user"]["email"] == SUE
    assert (await one.data(SIGN_OUT, token))["signOut"]["errors"] == []
    assert (await other.data(ME, token))["viewer"] is None


async def test_a_user_who_is_removed_at_one_sees_nothing_at_the_other(machines: Machines) -> None:
    one, other, _ = machines
    token, sue = await one.session(SUE), {"id": encode(User, named_key(SUE))}
    assert (await other.data(ME, token))["viewer"]["user"]["email"] == SUE
    assert (await one.data(REMOVE, await one.session(ADA), **sue))["removeUser"]["errors"] == []
    assert (await other.data(ME, token))["viewer"] is None


async def test_a_reload_of_the_policy_reaches_both(machines: Machines) -> None:
    one, other, files = machines
    token = await one.session(ADA)
    assert [(await machine.data(SERVICES, token))["services"]["totalCount"] for machine in (one, other)] == [6, 6]
    for file in files:
        file.write_text(NARROWER)
    async with asyncio.timeout(120), request_reload(one.backend.engine, "a test") as (count, answers):
        versions = {(await anext(answers)).version for _ in range(count)}
    assert count == 2
    assert len(versions) == 1
    assert [(await machine.data(SERVICES, token))["services"]["totalCount"] for machine in (one, other)] == [5, 5]
