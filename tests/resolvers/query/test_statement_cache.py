"""Statements are built once for all who need them at the same time, and not for those who have gone."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from authz.access import Access
from authz.actor import ActorKind, Traits
from resolvers.fair_queue import Flow, QueueFull
from resolvers.query import statement_cache
from resolvers.query.selection import ScalarField, Selection, StaticField
from resolvers.query.statement import Statement
from resolvers.query.statement_cache import StatementCache, StatementKey
from resolvers.worker_thread import WorkerThread
from schema.schema import registry
from tests.support.resolver_fixtures import rules

ADA, MAX = Flow("acme", "ada"), Flow("globex", "max")


class Builds:
    """Stands in for `build`: counts the builds, which end once they are released."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.release = threading.Event()

    def __call__(self, _registry: object, _access: Access, selection: Selection, **_: object) -> Statement:
        self.begun.append(selection.parts[0].key)
        assert self.release.wait(60)
        return Statement(selection.parts[0].key, ())


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Builds]:
    builds = Builds()
    monkeypatch.setattr(statement_cache, "build", builds)
    yield builds
    builds.release.set()


def key(name: str) -> StatementKey:
    """The key of one of many statements."""
    access = Access(rules(), Traits(ActorKind.STAFF))
    return StatementKey(access, Selection("Query", (StaticField(name, "1"),)))


def new_cache(waiting: int = 10) -> StatementCache:
    return StatementCache(registry(), WorkerThread("test", waiting))


async def until_begun(builds: Builds, number: int) -> None:
    """Wait until that many builds have begun."""
    while len(builds.begun) < number:
        await asyncio.sleep(0.001)


async def test_requests_for_the_same_statement_share_one_build(builds: Builds) -> None:
    cache = new_cache()
    calls = [asyncio.create_task(cache.build(key("a"), flow)) for flow in (ADA, MAX, ADA)]
    await until_begun(builds, 1)
    builds.release.set()
    first, *others = await asyncio.gather(*calls)
    assert all(other is first for other in others)
    assert builds.begun == ["a"]
    assert cache.get(key("a")) is first


async def test_a_build_goes_on_while_somebody_waits_for_it(builds: Builds) -> None:
    cache = new_cache()
    leaving, staying = [asyncio.create_task(cache.build(key("a"), flow)) for flow in (ADA, MAX)]
    await until_begun(builds, 1)
    leaving.cancel()
    await asyncio.wait([leaving])
    builds.release.set()
    assert (await staying).sql == "a"


async def test_a_build_that_nobody_waits_for_is_not_begun(builds: Builds) -> None:
    cache = new_cache()
    running = asyncio.create_task(cache.build(key("a"), MAX))
    await until_begun(builds, 1)
    leaving = [asyncio.create_task(cache.build(key(name), ADA)) for name in ("b", "c")]
    await asyncio.sleep(0)
    for call in leaving:
        call.cancel()
    await asyncio.wait(leaving)
    staying = asyncio.create_task(cache.build(key("d"), ADA))
    builds.release.set()
    await asyncio.gather(running, staying)
    assert builds.begun == ["a", "d"]


async def test_a_statement_that_came_too_late_is_found_at_the_next_try(builds: Builds) -> None:
    cache = new_cache()
    leaving = asyncio.create_task(cache.build(key("a"), ADA))
    await until_begun(builds, 1)
    leaving.cancel()
    await asyncio.wait([leaving])
    builds.release.set()
    while cache.get(key("a")) is None:
        await asyncio.sleep(0.001)
    assert (await cache.build(key("b"), ADA)).sql == "b"


async def test_builds_wait_in_a_bounded_queue_and_no_caller_fills_it(builds: Builds) -> None:
    cache = new_cache(waiting=8)
    calls = [asyncio.create_task(cache.build(key(f"{number}"), ADA)) for number in range(3)]
    await until_begun(builds, 1)
    with pytest.raises(QueueFull):
        await cache.build(key("more"), ADA)
    other = asyncio.create_task(cache.build(key("other"), MAX))
    await asyncio.sleep(0)
    builds.release.set()
    await asyncio.gather(*calls, other)
    # In turn: the other organization does not wait behind all calls of the first.
    assert builds.begun.index("other") < 3


async def test_errors_of_planning_reach_everybody_who_waits() -> None:
    cache = new_cache()
    broken = StatementKey(key("a").access, Selection("Query", (ScalarField("a", "nothing"),)))
    outcomes = await asyncio.gather(*(cache.build(broken, flow) for flow in (ADA, MAX)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [KeyError, KeyError]
    assert cache.get(broken) is None


async def test_nobody_waits_for_a_statement_in_the_line_of_another(builds: Builds) -> None:
    """Somebody with many calls needs the same statement, last."""
    cache = new_cache(waiting=40)
    line = [asyncio.create_task(cache.build(key(f"{number}"), ADA)) for number in range(8)]
    await until_begun(builds, 1)
    popular = [asyncio.create_task(cache.build(key("7"), flow)) for flow in (MAX, MAX, Flow("initech", "ida"))]
    await asyncio.sleep(0)
    builds.release.set()
    await asyncio.gather(*line, *popular)
    assert builds.begun.index("7") <= 2, "its turn is that of the first other organization"
    assert len(builds.begun) == len(set(builds.begun))


async def test_who_finds_no_place_waits_for_others_who_need_the_same(builds: Builds) -> None:
    cache = new_cache(waiting=40)
    line = [asyncio.create_task(cache.build(key(f"{number}"), ADA)) for number in range(11)]
    await until_begun(builds, 1)
    ours = asyncio.create_task(cache.build(key("a"), MAX))
    await asyncio.sleep(0)
    joined = asyncio.create_task(cache.build(key("a"), ADA))
    await asyncio.sleep(0)
    assert not joined.done(), "its own line is full"
    builds.release.set()
    assert await joined is await ours
    await asyncio.gather(*line)


async def test_a_statement_that_many_need_takes_few_places(builds: Builds) -> None:
    cache = new_cache(waiting=16)
    running = asyncio.create_task(cache.build(key("first"), MAX))
    await until_begun(builds, 1)
    popular = [
        asyncio.create_task(cache.build(key("popular"), Flow(organization, caller)))
        for organization in range(30)
        for caller in range(3)
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(cache.build(key(f"{number}"), Flow(number, "other"))) for number in range(8)]
    builds.release.set()
    await asyncio.gather(running, *popular, *others)
    assert builds.begun.count("popular") == 1
