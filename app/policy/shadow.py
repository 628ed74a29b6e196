"""Runs a candidate policy beside the active one in a server: compares the two on the decisions of each request, after
its response. Only the active policy decides anything.

The same decision of the same actor is compared at most once a minute. A decision that can't be compared in time, or
doesn't fit into the queue, is left out: the server's own work has priority.
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
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

log = logging.getLogger("portico.policy")

SHADOW_CHANNEL = "portico_policy_shadow"
"""The channel that announces the start and stop of a shadow."""

POLL_SECONDS = 30.0
QUEUE_SIZE = 1_000
REPEAT_SECONDS = 60.0
REPEAT_CACHE_ENTRIES = 20_000

Decision = tuple[Actor, Policy, DecisionRequest]


class Shadow:
    """Compares `candidate` with the active policy on the decisions passed to `on_decision`."""

    def __init__(self, context: MutationContext, shadow: RunningShadow, candidate: Policy) -> None:
        self.id = shadow.id
        self.candidate = candidate
        self._context = context
        self._queue: asyncio.Queue[Decision] = asyncio.Queue(QUEUE_SIZE)
        self._compared: LRUCache[tuple[object, ...], float] = LRUCache(REPEAT_CACHE_ENTRIES, REPEAT_CACHE_ENTRIES)

    def on_decision(self, actor: Actor, active: Policy, requests: frozenset[DecisionRequest]) -> None:
        """Queues decisions that were not compared a moment ago. If the queue is full, they are left out."""
        now = time.monotonic()
        for request in requests:
            key = (actor.id, actor.client_id, actor.version, active.version, request)
            if (self._compared.get(key) or 0) <= now and not self._queue.full():
                self._compared.put(key, now + REPEAT_SECONDS, 1)
                self._queue.put_nowait((actor, active, request))

    async def run(self) -> None:
        """Compares the queued decisions, until cancelled."""
        while True:
            decision = await self._queue.get()
            try:
                await self._compare(*decision)
            except Exception as error:  # noqa: BLE001
                log.warning("The candidate could not be compared in %s: %s", decision[2][0], type(error).__name__)
                with suppress(SQLAlchemyError, OSError):
                    await self._in_transaction(lambda work: policy_shadow.record_failure(work, self.id))
            finally:
                self._queue.task_done()

    async def wait_until_idle(self) -> None:
        """Waits until all queued decisions have been compared."""
        await self._queue.join()

    async def _compare(self, actor: Actor, active: Policy, request: DecisionRequest) -> None:
        action, model = request
        if model is not None:
            # Compiling rules for new traits would block all requests.
            equivalent = await asyncio.to_thread(is_equivalent, active, self.candidate, actor.traits, action, model)
            if equivalent:
                await self._in_transaction(lambda work: policy_shadow.record(work, self.id, active.version, actor, ()))
                return
        await self._in_transaction(lambda work: self._record(work, actor, active, request))

    async def _record(self, work: UnitOfWork, actor: Actor, active: Policy, request: DecisionRequest) -> None:
        differences = await policy_shadow.differences(work, actor, (active, self.candidate), request)
        await policy_shadow.record(work, self.id, active.version, actor, differences)

    async def _in_transaction(self, mutation: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        await run_in_transaction(self._context, Caller(), mutation)


class ShadowFollower:
    """Runs the shadow that the database says to run. `current` is the one in this process."""

    def __init__(self, context: MutationContext) -> None:
        self.current: Shadow | None = None
        self._context = context
        self._rejected: RunningShadow | None = None
        self._task: asyncio.Task[None] | None = None
        self._wakeup = asyncio.Event()

    def wake(self, _payload: str = "") -> None:
        """Checks the database at once: something may have changed."""
        self._wakeup.set()

    async def run(self) -> None:
        """Starts and stops shadows as the database says, until cancelled."""
        try:
            while True:
                self._wakeup.clear()
                try:
                    await self.synchronize()
                except Exception as error:  # noqa: BLE001
                    log.warning("Could not check for a candidate policy: %s", type(error).__name__)
                await wait_for_event(self._wakeup, POLL_SECONDS)
        finally:
            await self._stop()

    async def synchronize(self) -> None:
        """Starts or stops the shadow of this process to match the database."""
        wanted = await run_in_transaction(self._context, Caller(), policy_shadow.running)
        unchanged = (wanted and wanted.id) == (self.current and self.current.id)
        if unchanged or (wanted is not None and wanted == self._rejected):
            return
        await self._stop()
        if wanted is not None:
            await self._start(wanted)

    async def _start(self, wanted: RunningShadow) -> None:
        try:
            candidate = await asyncio.to_thread(from_text, wanted.text, wanted.file)
        except Exception:
            self._rejected = wanted
            log.exception("The candidate policy %s was rejected", wanted.file)
            return
        self.current = Shadow(self._context, wanted, candidate)
        self._task = asyncio.create_task(self.current.run())
        self._context.decision_listener.callback = self.current.on_decision
        log.info("Policy %s runs beside the active one", candidate.version)

    async def _stop(self) -> None:
        self._context.decision_listener.callback = None
        self.current = None
        if self._task is not None:
            await end_tasks([self._task])
            self._task = None
