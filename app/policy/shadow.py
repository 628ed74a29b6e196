"""Running a candidate policy beside the one in force, in the server: what each request asks of the one is asked of the
other after the answer has left. Only the policy in force decides anything.

Who asks the same again within a minute is compared once. What can't be compared in time, or is too much for the queue,
is left out: the server's own work comes first.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from app.background import end_tasks, wait_for_event
from authz.actor import Actor
from authz.policy import Policy, from_text
from authz.recording import DecisionRequest
from authz.routes import is_equivalent
from resolvers.callers.caller import Caller
from resolvers.lru_cache import LRUCache
from resolvers.policy_analysis import shadow as policy_shadow
from resolvers.policy_analysis.shadow import RunningShadow
from resolvers.query.registry import Registry
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

log = logging.getLogger("portico.policy")

SHADOW_CHANNEL = "portico_policy_shadow"
"""The channel on which is told that a shadow was started or stopped."""

LOOK_SECONDS = 30.0
QUEUE = 1_000
AGAIN_SECONDS = 60.0
REMEMBERED = 20_000

Question = tuple[Actor, Policy, DecisionRequest]


class Shadow:
    """Compares `candidate` with the policy in force, for whatever `observe` is told of."""

    def __init__(self, writing: MutationContext, graph: Registry, shadow: RunningShadow, candidate: Policy) -> None:
        self.id = shadow.id
        self.candidate = candidate
        self._writing = writing
        self._prefixes = {of.model: of.prefix for of in graph.objects.values() if of.model is not None}
        self._waiting: asyncio.Queue[Question] = asyncio.Queue(QUEUE)
        self._compared: LRUCache[tuple[object, ...], float] = LRUCache(REMEMBERED, REMEMBERED)

    def observe(self, actor: Actor, active: Policy, asked: frozenset[DecisionRequest]) -> None:
        """Line up what was asked, where it was not compared a moment ago; what finds no room is left out."""
        now = time.monotonic()
        for each in asked:
            key = (actor.id, actor.client_id, actor.version, active.version, each)
            if (self._compared.get(key) or 0) <= now and not self._waiting.full():
                self._compared.put(key, now + AGAIN_SECONDS, 1)
                self._waiting.put_nowait((actor, active, each))

    async def run(self) -> None:
        """Compare what is lined up, until cancelled."""
        while True:
            question = await self._waiting.get()
            try:
                await self._compare(*question)
            except Exception as error:  # noqa: BLE001
                log.warning("The candidate could not be compared in %s: %s", question[2][0], type(error).__name__)
                with suppress(SQLAlchemyError, OSError):
                    await self._perform(lambda work: policy_shadow.record_failure(work, self.id))
            finally:
                self._waiting.task_done()

    async def settled(self) -> None:
        """Waits until all that is lined up was compared."""
        await self._waiting.join()

    async def _compare(self, actor: Actor, active: Policy, asked: DecisionRequest) -> None:
        action, model = asked
        if model is not None:
            # Rules that are compiled for new traits would hold up all requests.
            same = await asyncio.to_thread(is_equivalent, active, self.candidate, actor.traits, action, model)
            if same:
                await self._perform(lambda work: policy_shadow.record(work, self.id, active.version, actor, ()))
                return
        prefix = self._prefixes[model] if model is not None else ""
        await self._perform(lambda work: self._record(work, actor, active, asked, prefix))

    async def _record(
        self, work: UnitOfWork, actor: Actor, active: Policy, asked: DecisionRequest, prefix: str
    ) -> None:
        found = await policy_shadow.differences(work, actor, (active, self.candidate), asked, prefix)
        await policy_shadow.record(work, self.id, active.version, actor, found)

    async def _perform(self, mutation: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        await run_in_transaction(self._writing, Caller(), mutation)


class ShadowFollower:
    """Follows what the database says of shadows: `current` is the one that runs in this process."""

    def __init__(self, writing: MutationContext, graph: Registry) -> None:
        self.current: Shadow | None = None
        self._writing = writing
        self._graph = graph
        self._refused: RunningShadow | None = None
        self._task: asyncio.Task[None] | None = None
        self._called = asyncio.Event()

    def wake(self, _payload: str = "") -> None:
        """Look at once: something may have changed."""
        self._called.set()

    async def follow(self) -> None:
        """Start and stop shadows as the database says, until cancelled."""
        try:
            while True:
                self._called.clear()
                try:
                    await self.look()
                except Exception as error:  # noqa: BLE001
                    log.warning("Could not look for a candidate policy: %s", type(error).__name__)
                await wait_for_event(self._called, LOOK_SECONDS)
        finally:
            await self._end()

    async def look(self) -> None:
        """Bring this process to what the database says now."""
        wanted = await run_in_transaction(self._writing, Caller(), policy_shadow.running)
        is_so = (wanted and wanted.id) == (self.current and self.current.id)
        if is_so or (wanted is not None and wanted == self._refused):
            return
        await self._end()
        if wanted is not None:
            await self._begin(wanted)

    async def _begin(self, wanted: RunningShadow) -> None:
        try:
            candidate = await asyncio.to_thread(from_text, wanted.text, wanted.file)
        except Exception:
            self._refused = wanted
            log.exception("The candidate policy %s was refused", wanted.file)
            return
        self.current = Shadow(self._writing, self._graph, wanted, candidate)
        self._task = asyncio.create_task(self.current.run())
        self._writing.decision_listener.callback = self.current.observe
        log.info("Policy %s runs beside the one in force", candidate.version)

    async def _end(self) -> None:
        self._writing.decision_listener.callback = None
        self.current = None
        if self._task is not None:
            await end_tasks([self._task])
            self._task = None
