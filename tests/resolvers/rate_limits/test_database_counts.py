"""All processes count attempts together, as one process in its memory does."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.attempt_counts import AttemptCounts, MemoryCounts
from resolvers.rate_limits.counting import Attempt, RateLimited
from tests.support.counts.attempt_counts import FEW, Counting, stop_clock
from tests.support.databases import in_new_loop

pytestmark = pytest.mark.invariant("attempts")

SAM, ADA, HOME, AWAY = "sam@acme.example", "ada@acme.example", "192.0.2.1", "192.0.2.2"
THREE, FIVE = RateLimitItemPerMinute(3, 1), RateLimitItemPerHour(5, 1)


@pytest.fixture
async def counting(database_url: str) -> AsyncIterator[Counting]:
    await stop_clock(database_url)
    counting = Counting(database_url)
    yield counting
    await counting.engine.dispose()


def lookup(owner: str = "ada", number: int = 1, path: tuple[str, ...] = ()) -> Attempt:
    return Attempt(((THREE, ("lookup", owner)), (FIVE, ("lookup of all", "all"))), path, number)


async def taken(counts: AttemptCounts, *attempts: Attempt) -> tuple[int, tuple[str, ...]] | None:
    """None if the attempts were counted, else the seconds to wait and the path."""
    try:
        await counts.take(attempts)
    except RateLimited as limited:
        return limited.seconds, limited.problems[0].path
    return None


async def sign_in(counts: AttemptCounts, email: str, source: str, outcome: str = "wrong") -> str | int:
    """The outcome of an attempt, or the seconds to wait. `outcome` is right, wrong, or away for an error that is none
    of the caller's."""
    try:
        async with counts.sign_in(email, source) as attempt:
            if outcome == "away":
                raise ConnectionError
            if outcome == "wrong":
                raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "No."))
            return "known" if attempt.known else "right"
    except RateLimited as limited:
        return limited.seconds
    except MutationRejected:
        return "wrong"
    except ConnectionError:
        return "away"


async def test_what_fails_at_one_server_makes_the_attacker_wait_at_the_other(counting: Counting) -> None:
    one, other = counting.process(), counting.process()
    assert [await sign_in(server, SAM, HOME) for server in (one, other)] == ["wrong", "wrong"]
    assert [await sign_in(server, SAM, HOME, "right") for server in (one, other)] == [1, 1]
    assert await sign_in(other, SAM, AWAY, "right") == "right"
    await counting.pass_time(1)
    assert [await sign_in(server, SAM, HOME, "right") for server in (one, other)] == ["right", "known"]
    assert await one.has_signed_in(SAM, HOME)
    assert not await one.has_signed_in(ADA, HOME)


async def test_a_limit_is_that_of_all_servers_together(counting: Counting) -> None:
    one, other = counting.process(), counting.process()
    assert [await taken(server, lookup(path=("here",))) for server in (one, other, one, other, one)] == [
        None,
        None,
        None,
        (60, ("here",)),
        (60, ("here",)),
    ]
    await counting.pass_time(59.5)
    assert await taken(other, lookup()) == (1, ())
    await counting.pass_time(0.5)
    assert await taken(other, lookup()) is None
    await one.give_back([lookup()])
    assert [await taken(server, lookup()) for server in (one, other)] == [None, None]
    assert await taken(one, lookup("sam")) == (3540, ())


async def test_concurrent_attempts_never_exceed_a_limit(counting: Counting) -> None:
    servers = [counting.process() for _ in range(3)]
    outcomes = await asyncio.gather(*(taken(servers[number % 3], lookup()) for number in range(30)))
    assert outcomes.count(None) == 3
    guesses = await asyncio.gather(*(sign_in(servers[number % 3], SAM, HOME) for number in range(30)))
    assert guesses.count("wrong") == 2


async def test_all_recipients_are_counted_at_once_or_none(counting: Counting) -> None:
    server = counting.process()
    mails = [Attempt(((THREE, ("mail", name)),), ("to", name)) for name in ("a", "b", "b", "b", "b", "c")]
    counting.statements = 0
    assert await taken(server, *mails) == (60, ("to", "b"))
    assert await taken(server, *mails[:4], mails[5]) is None
    assert counting.statements == 3
    problems = await counting.process().problems(mails)
    assert [problem and problem.path for problem in problems] == [
        None, ("to", "b"), ("to", "b"), ("to", "b"), ("to", "b"), None
    ]  # fmt: skip


async def test_a_rejection_is_remembered_for_a_second(counting: Counting) -> None:
    server = counting.process()
    for _ in range(3):
        await server.take([lookup()])
    assert await taken(server, lookup()) == (60, ())
    for _ in range(3):
        await sign_in(server, SAM, HOME)
    counting.statements = 0
    for _ in range(50):
        assert await taken(server, lookup()) == (60, ())
        assert await sign_in(server, SAM, HOME) == 1
    assert counting.statements == 0
    await counting.pass_time(1)
    assert await taken(server, lookup()) == (59, ())
    assert counting.statements > 0


async def test_the_table_holds_neither_emails_nor_addresses(counting: Counting) -> None:
    server = counting.process()
    await sign_in(server, SAM, HOME, "right")
    await sign_in(server, SAM, HOME)
    await server.take([lookup(SAM)])
    rows = await counting.run("SELECT kind, encode(key, 'escape') AS key FROM attempt_counts")
    assert len(rows) == 6
    assert not any(part in row["key"] for row in rows for part in ("sam", "acme", "192", "all"))
    assert {len(row["key"]) for row in await counting.run("SELECT key FROM attempt_counts")} == {16}


async def test_what_has_ended_is_deleted_and_a_flood_evicts_no_other_kind(counting: Counting) -> None:
    server = counting.process(most_of_a_kind=10)
    await sign_in(server, SAM, HOME)
    for number in range(25):
        await server.take([Attempt(((THREE, ("flood", str(number))),))])
    await counting.pass_time(30)
    await server.take([Attempt(((THREE, ("flood", "newest")),))])
    await server.clean_up()

    async def kinds() -> dict[str, int]:
        rows = await counting.run("SELECT kind, count(*) AS number FROM attempt_counts GROUP BY kind")
        return {row["kind"]: row["number"] for row in rows}

    one = dict.fromkeys(("sign-in: email and address", "sign-in: address", "sign-in: email"), 1)
    assert await kinds() == {"flood": 10, **one}
    await counting.pass_time(31)
    await server.clean_up()
    assert await kinds() == {"flood": 1, **one}
    await counting.pass_time(900)
    await server.clean_up()
    assert await kinds() == {}


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("sign in"),
            st.sampled_from([SAM, ADA]),
            st.sampled_from([HOME, AWAY]),
            st.sampled_from(["wrong", "wrong", "wrong", "right", "away"]),
        ),
        st.tuples(st.just("take"), st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3)), max_size=4)),
        st.tuples(st.just("uncount"), st.sampled_from("abc")),
        st.tuples(st.just("problems"), st.lists(st.sampled_from("abc"), max_size=5)),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 1, 2, 7, 30, 60, 900])),
    ),
    max_size=25,
)


def attempts(owners: Sequence[tuple[str, int]]) -> list[Attempt]:
    return [lookup(owner, number, (str(index),)) for index, (owner, number) in enumerate(owners)]


async def outcome_of(counts: AttemptCounts, step: tuple[object, ...]) -> object:
    match step:
        case ("sign in", str(email), str(source), str(outcome)):
            return await sign_in(counts, email, source, outcome)
        case ("take", list(owners)):
            return await taken(counts, *attempts(owners))
        case ("uncount", str(owner)):
            await counts.give_back([lookup(owner)])
            return None
        case ("problems", list(owners)):
            return await counts.problems(attempts([(owner, 1) for owner in owners]))
    raise AssertionError(step)


@pytest.fixture
def stopped(database_url: str) -> str:
    in_new_loop(stop_clock(database_url))
    return database_url


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
def test_servers_count_as_one_process_in_its_memory(
    stopped: str, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[object, ...]]
) -> None:
    async def compare() -> None:
        counting = Counting(stopped)
        monkeypatch.setattr("time.time", counting.clock)
        try:
            await counting.run("TRUNCATE attempt_counts")
            await counting.pass_time(0)
            memory = MemoryCounts(FEW, counting.clock)
            for step in steps:
                if step[0] == "wait":
                    await counting.pass_time(float(str(step[1])))
                else:
                    # A new process each time: one remembers a rejection for a second, even if another one uncounts.
                    assert await outcome_of(counting.process(), step) == await outcome_of(memory, step), step
        finally:
            await counting.engine.dispose()

    in_new_loop(compare())
