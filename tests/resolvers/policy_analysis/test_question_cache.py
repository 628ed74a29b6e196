"""Questions about the policy build once per policy and traits, in a thread, and keep no former policy alive."""

import asyncio
import gc
import threading
import time
import weakref
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.database.pools import create_write_engine
from authz.access import Access
from authz.policy import Policy
from models import User
from resolvers import database_time
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.fair_queue import Flow
from resolvers.policy_analysis import explain as explain_module
from resolvers.policy_analysis import who_can as who_can_module
from resolvers.policy_analysis.explain import explain
from resolvers.policy_analysis.explained_actor import find_subject
from resolvers.policy_analysis.question_cache import QUESTIONS, QuestionCache
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.policy_analysis.who_can import who_can
from resolvers.prepared_statement import PreparedStatement
from tests.support.paths import POLICY
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import example

pytestmark = pytest.mark.invariant("access_queries")

WORLD = example()
ADA, SUE = WORLD.user("ada@acme.example"), WORLD.user("sue@acme.example")


@pytest.fixture
async def engine(database_url: str) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        await insert_world(connection, WORLD)
    finally:
        await connection.close()
    opened = create_write_engine(database_url, max_connections=2)
    yield opened
    await opened.dispose()


def new_policy() -> Policy:
    """A version of the shipped policy that no other test has asked about."""
    return Policy(f"{POLICY.read_text()}\n# {uuid4()}\n", POLICY.name)


async def ask(engine: Any, policy: Policy) -> None:
    async with engine.connect() as connection:
        actor = await load_user_as_actor(connection, ADA.id)
        assert actor is not None
        [resource] = await find_resources(connection, [User], key=SUE.id)
        viewer = actor, Access(policy, actor.traits)
        page = await who_can(connection, policy, "update", resource, first=10, viewer=viewer)
        assert page.total == len(page.subjects) > 0
        subject = await find_subject(connection, SUE.id)
        assert subject is not None
        await explain(connection, policy, subject, "update", resource)


async def test_a_second_question_builds_nothing_and_the_first_builds_in_a_thread(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[bool] = []

    class Counted(PreparedStatement):
        def __init__(self, *arguments: Any) -> None:
            built.append(threading.current_thread() is threading.main_thread())
            super().__init__(*arguments)

    for module in (who_can_module, explain_module):
        monkeypatch.setattr(module, "PreparedStatement", Counted)
    policy = new_policy()
    await ask(engine, policy)
    assert built == [False, False, False]
    await ask(engine, policy)
    assert len(built) == 3
    await ask(engine, new_policy())
    assert len(built) == 6


async def test_a_former_policy_is_not_kept_alive(engine: Any) -> None:
    policy = new_policy()
    await ask(engine, policy)
    former = weakref.ref(policy)
    del policy
    # The worker thread lets go of the last call when the next one comes.
    assert await QUESTIONS.run(lambda: 1) == 1
    gc.collect()
    assert former() is None


async def test_concurrent_questions_wait_for_one_build() -> None:
    cache, builds, may_end = QuestionCache(), 0, threading.Event()

    def build() -> tuple[str, int]:
        nonlocal builds
        builds += 1
        may_end.wait(60)
        return "value", 1

    asked = [asyncio.create_task(cache.get("key", build)) for _ in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()
    may_end.set()
    assert await asyncio.gather(*asked[1:]) == ["value"] * 4
    assert builds == 1


async def test_a_question_pays_for_its_own_builds_and_not_for_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, may_end, now = QuestionCache(), threading.Event(), 0.0
    monkeypatch.setattr(database_time, "clock", lambda: now)
    monkeypatch.setattr(time, "thread_time", count(0, 7).__next__)

    async def question(key: str) -> float:
        measured, start = database_time.start_measuring(), database_time.clock()
        await cache.get(key, lambda: (may_end.wait(60), 1), Flow(key, key))
        database_time.record(database_time.clock() - start)
        return measured.seconds

    asked = [asyncio.create_task(question(key)) for key in ("others", "ours", "ours", "ours")]
    await asyncio.sleep(0.01)
    now = 1_000.0
    may_end.set()
    assert await asyncio.gather(*asked) == [7, 7, 0, 0]


async def test_a_build_that_nobody_waits_for_is_not_begun() -> None:
    cache, may_end = QuestionCache(), threading.Event()
    begun: list[int] = []
    running = asyncio.create_task(cache.get("first", lambda: (may_end.wait(60), 1)))
    await asyncio.sleep(0.01)
    waiting = asyncio.create_task(cache.get("second", partial(begin, begun)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    may_end.set()
    await running
    assert await cache.run(lambda: "later") == "later"
    assert begun == []


def begin(begun: list[int]) -> tuple[int, int]:
    begun.append(1)
    return 1, 1
