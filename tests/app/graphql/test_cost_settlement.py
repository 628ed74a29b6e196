"""What an operation is charged when it has ended: for the objects that came, and for its time in the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.exceptions import QueryCanceledError

from app.demo.fixed_ids import named_key
from resolvers import database_time
from resolvers.query.reader import Reader
from tests.support.charged_operations import ACTUAL, REQUESTED, SERVICES, cost_in, full_buckets, remaining
from tests.support.server import Client, add_demo_world, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

DRY = {"Portico-Dry-Run": "cost"}

FIVE_LEVELS = """{ organizations { nodes { contractAccounts { nodes { services { nodes { deliveryAccount {
  users { nodes { contractAccounts { nodes { id } } } } } } } } } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def demo_world(shared_database_url: str) -> None:
    """Loads the demo data."""
    await add_demo_world(shared_database_url)


@pytest_asyncio.fixture(loop_scope="module")
async def no_refill(shared_database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A client whose buckets are full, and don't refill."""
    async with full_buckets(shared_database_url, tmp_path) as client:
        yield client


async def test_five_levels_are_charged_for_what_came(no_refill: Client) -> None:
    token = await no_refill.session("ben@acme.example")
    for _ in range(3):
        before = await remaining(no_refill, token)
        cost = cost_in(await no_refill.post({"query": FIVE_LEVELS}, token))
        assert 390_000 < cost["requested"] <= 500_000
        assert 20 < cost["actual"] < 200
        assert before - cost["remaining"] <= cost["actual"]


async def test_what_staff_may_see_counts_for_staff(no_refill: Client) -> None:
    staff = await no_refill.session("staff@portico.example")
    for headers in ({}, DRY):
        answer = await no_refill.post({"query": FIVE_LEVELS}, staff, **headers)
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "COST_EXCEEDED"
        assert error["extensions"]["requested"] > 9_000_000
        assert (error["path"], error["locations"]) == (["organizations"], [{"line": 1, "column": 3}])
        anonymous = await no_refill.post({"query": FIVE_LEVELS}, None, **headers)
        assert cost_in(anonymous)["requested"] < 500_000


async def test_few_of_the_largest_operations_run_at_once(no_refill: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await no_refill.session("sam@acme.example")
    await no_refill.post({"query": FIVE_LEVELS}, token)
    read, may_end = Reader.read, asyncio.Event()

    async def slow(*arguments: Any) -> bytes | None:
        await may_end.wait()
        return await read(*arguments)

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Reader, "read", slow)
            may_end.clear()
            running = [asyncio.create_task(no_refill.post({"query": FIVE_LEVELS}, token)) for _ in range(6)]
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 3:
                await asyncio.sleep(0.01)
                done = {task for task in running if task.done()}
            assert [task.result().status_code for task in done] == [429] * 3
            assert cost_in(done.pop().result())["requested"] > 390_000
            may_end.set()
            answers = await asyncio.gather(*running)
        assert [answer.status_code for answer in answers].count(200) == 3, "each reserves a quarter of a full bucket"


class FakeClock:
    """Moves on by `step` seconds whenever it is read."""

    now, step = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of the time in the database: the statement of a read takes one step. Without steps, no time passes, and
    a slow machine is not charged for its time."""
    clock = FakeClock()
    monkeypatch.setattr(database_time, "clock", clock)
    return clock


@pytest.mark.parametrize(("seconds", "surcharge"), [(0.1, 0), (0.3, 190), (7.0, 6_890), (15.0, 14_890)])
async def test_time_far_above_the_price_is_charged_after_the_fact(
    no_refill: Client, clock: FakeClock, seconds: float, surcharge: int
) -> None:
    token = await no_refill.session("ada@acme.example")
    await no_refill.post({"query": SERVICES}, token)
    clock.step = seconds
    cost = cost_in(await no_refill.post({"query": SERVICES}, token))
    assert (cost["requested"], cost["actual"]) == (REQUESTED, ACTUAL + surcharge)


async def test_debts_are_paid_before_anything_else_runs(no_refill: Client, clock: FakeClock) -> None:
    token = await no_refill.session("dan@pear.example")
    clock.step = 120.0
    cost = cost_in(await no_refill.post({"query": SERVICES}, token))
    assert (cost["remaining"], cost["actual"] > 119_000) == (0, True)
    answer = await no_refill.post({"query": "{ __typename }"}, token)
    assert (answer.status_code, codes(answer.json())) == (429, ["THROTTLED"])
    assert 19_000 <= int(answer.headers["retry-after"]) <= 21_000
    assert int(answer.headers["ratelimit-remaining"]) == 0
    assert int(answer.headers["ratelimit-reset"]) > 119_000


@pytest.mark.parametrize(
    ("error", "code", "seconds", "actual"),
    [
        (RuntimeError("broken"), "INTERNAL", 0.0, 1),
        (RuntimeError("broken"), "INTERNAL", 0.000_2, 21),
        (QueryCanceledError("timeout"), "TIMED_OUT", 0.05, REQUESTED),
        (QueryCanceledError("timeout"), "TIMED_OUT", 10.0, REQUESTED + 9_890),
    ],
)
async def test_what_fails_is_charged_for_its_time(
    no_refill: Client, error: Exception, code: str, seconds: float, actual: int
) -> None:
    token = await no_refill.session("ada@acme.example")
    await no_refill.post({"query": SERVICES}, token)

    async def failing(*_: Any, **__: Any) -> None:
        database_time.record(seconds)
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(no_refill.backend.pool), "fetchrow", failing)
        answer = await no_refill.post({"query": SERVICES}, token)
    assert codes(answer.json()) == [code]
    assert cost_in(answer)["actual"] == actual


async def test_who_hangs_up_pays_for_the_time_that_it_took(no_refill: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await no_refill.session("pia@pear.example")
    await no_refill.post({"query": SERVICES}, token)
    before, running = await remaining(no_refill, token), asyncio.Event()

    async def endless(*_: Any, **__: Any) -> None:
        database_time.record(0.000_1)
        running.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(type(no_refill.backend.pool), "fetchrow", endless)
        request = asyncio.create_task(no_refill.post({"query": SERVICES}, token))
        await running.wait()
        request.cancel()
        with suppress(asyncio.CancelledError):
            await request
    assert before - await remaining(no_refill, token) - 1 in (10, 11)


async def test_access_queries_pay_for_their_time(no_refill: Client, clock: FakeClock) -> None:
    token = await no_refill.session("ada@acme.example")
    text = f'{{ whoCan(action: VIEW, on: "usr_{named_key("sam@acme.example")}", first: 5) {{ totalCount }} }}'
    first = cost_in(await no_refill.post({"query": text}, token))
    assert first["requested"] == 101
    clock.step = 3.0
    cost = cost_in(await no_refill.post({"query": text}, token))
    # The clock is read before and after the wait for the thread, too; the call in the thread takes nearly nothing.
    assert 5_880 <= cost["actual"] - cost["requested"] <= 5_900


async def test_what_a_caller_may_not_see_costs_nothing(no_refill: Client) -> None:
    """What is charged follows from the response alone."""
    text = (
        "{ services { edges { node { code deliveryAccount { users { nodes { email } } } } } } users { nodes { id } } }"
    )
    for email in ("ada@acme.example", "sue@acme.example", "dan@pear.example", "pia@pear.example", "max@globex.example"):
        token = await no_refill.session(email)
        await no_refill.post({"query": text}, token)
        answer = await no_refill.post({"query": text}, token)
        data = answer.json()["data"]
        edges = data["services"]["edges"]
        deep = sum(2 + len(edge["node"]["deliveryAccount"]["users"]["nodes"]) for edge in edges)
        assert cost_in(answer)["actual"] == 1 + 1 + len(edges) + deep + 1 + len(data["users"]["nodes"])
