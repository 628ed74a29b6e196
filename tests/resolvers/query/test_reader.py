"""Reads end in time, and each use of a rate-limited field in a query counts for the user who sent it."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from limits import RateLimitItemPerHour

from app.demo.fixed_ids import named_key
from app.http.errors import HttpCode, code_of
from authz.access import Access
from authz.actor import Actor, ActorKind, Traits
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.errors import MutationRejected, TimedOut
from resolvers.fair_queue import Flow
from resolvers.query import statement_cache
from resolvers.query.plan_choice import RECENT, VERY_SLOW_SECONDS
from resolvers.query.reader import Reader, check_rate_limits
from resolvers.query.selection import ObjectField, Request, ScalarField, Selection
from resolvers.query.statement import Statement
from resolvers.query.statement_cache import StatementCache
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.worker_thread import WorkerThread
from schema.schema import registry
from tests.support.prepared_operations import request
from tests.support.resolver_fixtures import problems, rules

ADA = Actor(named_key("ada@acme.example"), named_key("ACME Corporation"), Traits(ActorKind.MEMBER), 1)
VIEWER = Request(Selection("Query", (ObjectField("viewer", "viewer", Selection("Viewer", ())),)), ())


class FakePool:
    """Records the deadlines and flows of reads."""

    def __init__(self) -> None:
        self.reads: list[tuple[Flow, float]] = []

    async def fetchrow(self, _sql: str, *_: Any, flow: Flow, deadline: float, plan_anew: bool = False) -> list[str]:
        self.reads.append((flow, deadline))
        return ["{}"]


def reader(pool: FakePool, seconds: float) -> Reader:
    """A reader whose reads may take so long."""
    return Reader(pool, StatementCache(registry(), WorkerThread("test", 4)), timedelta(hours=1), seconds=seconds)


async def test_a_read_whose_statement_is_not_built_in_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    end, pool = threading.Event(), FakePool()
    monkeypatch.setattr(statement_cache, "build", lambda *_, **__: end.wait())
    with pytest.raises(TimedOut) as timed_out:
        await reader(pool, 0.01).read(Caller(ADA, SessionToken(b"")), Access(rules(), ADA.traits), VIEWER)
    end.set()
    assert pool.reads == []
    assert code_of(timed_out.value) is HttpCode.TIMED_OUT


async def test_what_building_took_is_missing_from_the_time_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    built, pool = threading.Event(), FakePool()

    def build(*_: object, **__: object) -> Statement:
        built.wait()
        return Statement("SELECT 1", ())

    monkeypatch.setattr(statement_cache, "build", build)
    reading = reader(pool, 60)
    caller, access = Caller(ADA, SessionToken(b"")), Access(rules(), ADA.traits)
    first = asyncio.create_task(reading.read(caller, access, VIEWER))
    await asyncio.sleep(0.01)
    begin_of_second = asyncio.create_task(reading.read(caller, access, VIEWER))
    await asyncio.sleep(0.01)
    built.set()
    await asyncio.gather(first, begin_of_second)
    [(flow, earlier), (_, later)] = pool.reads
    assert flow == Flow(ADA.organization_id, ADA.id)
    # Both ran at the same time, and each has the deadline of its own beginning.
    assert earlier < later


class SlowPool(FakePool):
    """Never ends a statement with the usual plan before its deadline."""

    async def fetchrow(self, sql: str, *_: Any, flow: Flow, deadline: float, plan_anew: bool = False) -> list[str]:
        if not plan_anew:
            self.reads.append((flow, deadline))
            raise TimedOut
        return await super().fetchrow(sql, flow=flow, deadline=deadline)


async def test_a_statement_that_is_only_tried_is_replaced_in_time() -> None:
    pool, who = SlowPool(), replace(ADA, sees_much=True)
    reading, access = reader(pool, 60), Access(rules(), who.traits)
    users = request("{ users { nodes { email } } }")
    caller = Caller(who, SessionToken(b""))
    for _ in range(RECENT + 2):
        assert await reading.read(caller, access, users) == b"{}"
    begin = [deadline - time.monotonic() for _, deadline in pool.reads]
    # The first ones, the one that was tried with the one that replaced it, and the next one.
    assert [left < VERY_SLOW_SECONDS for left in begin] == [False] * RECENT + [True, False, False]


async def test_lookups_of_emails_by_an_admin_are_limited_also_in_one_query() -> None:
    limits = RateLimiter(Rates(email_availability=RateLimitItemPerHour(2)))
    ada, sam = named_key("ada@acme.example"), named_key("sam@acme.example")
    availability = Selection("EmailAvailability", (ScalarField("state", "state"),))
    once = Selection("Query", (ObjectField("a", "emailAvailability", availability),))
    twice = Selection(
        "Query",
        (
            *once.parts,
            ObjectField("viewer", "viewer", availability),
            ObjectField("b", "emailAvailability", availability),
        ),
    )
    await check_rate_limits(registry(), limits, ada, once)
    await check_rate_limits(registry(), limits, sam, twice)
    with pytest.raises(MutationRejected) as rejected:
        await check_rate_limits(registry(), limits, ada, twice)
    assert problems(rejected.value) == [("RATE_LIMITED", "b")]
