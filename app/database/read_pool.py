"""The pool of database sessions for reads. Its places are shared fairly between callers and organizations.

A read gets a session that has prepared its statement, if one is free. Large statements that no session has prepared
wait in a queue of their own, because planning them takes the processor away from all other statements.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import asyncpg

from app.database.errors import DATABASE_ERRORS
from app.database.read_session import READY, ReadSession
from resolvers import database_time, timeline
from resolvers.driver_connection import DriverConnection
from resolvers.errors import TimedOut
from resolvers.fair_queue import SERVER, FairQueue, Flow

WAITING_PER_SESSION: Final = 32
"""How many reads may wait, for each session of the pool."""

SHORT_STATEMENT: Final = 20_000
"""Characters of SQL. PostgreSQL plans a shorter statement in a few milliseconds."""

SESSIONS_PER_PLANNER: Final = 8
"""Of so many sessions, one may be planning a statement that is not short: it keeps a core busy meanwhile."""

UNUSED_SECONDS: Final = 300.0
"""After this time, an unused session is closed."""

CANCEL_SECONDS: Final = 5.0
"""How long PostgreSQL may take to confirm the cancellation of a statement. Then the session is abandoned."""

CLOSE_SECONDS: Final = 2.0

ROUNDING_SECONDS: Final = 0.1
"""A read that begins so soon has waited for nothing, so the timeout of PostgreSQL is in time."""

log = logging.getLogger("portico.database")


class ReadPool:
    """At most `size` sessions, opened by `open_` on demand. A read waits at most `patience` seconds for one, and for
    its opening. PostgreSQL ends a statement after `statement_seconds`. Without `generic_plans`, each statement is
    planned for its arguments. Enter the pool (`async with`), or call `close` at the end."""

    def __init__(
        self,
        open_: Callable[[], Awaitable[DriverConnection]],
        size: int,
        patience: float,
        statement_seconds: float,
        *,
        generic_plans: bool = True,
    ) -> None:
        self._open = open_
        self._patience, self._statement_seconds = patience, statement_seconds
        self._plans_anew = not generic_plans
        waiting = size * WAITING_PER_SESSION
        self.queue = FairQueue("a connection for reading", size, waiting, patience)
        self.planning = FairQueue("planning", max(1, size // SESSIONS_PER_PLANNER), waiting, patience)
        self._idle: list[ReadSession] = []  # the one that was used last is at the end, and is used first
        self._sessions: set[ReadSession] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._all_free = asyncio.Event()
        self._all_free.set()
        self._used = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def fetchval(
        self,
        sql: str,
        *arguments: Any,
        flow: Flow = SERVER,
        deadline: float = float("inf"),
        plan_anew: bool = False,
    ) -> Any:
        """As `fetchrow`, but returns the first value of the row."""
        row = await self.fetchrow(sql, *arguments, flow=flow, deadline=deadline, plan_anew=plan_anew)
        return None if row is None else row[0]

    async def fetchrow(
        self,
        sql: str,
        *arguments: Any,
        flow: Flow = SERVER,
        deadline: float = float("inf"),
        plan_anew: bool = False,
    ) -> asyncpg.Record | None:
        """Returns the first row of the result of a statement, or None, run on behalf of `flow`; what `plan_anew` means
        is told at `ReadSession.fetchrow`.

        Raises TimedOut if the statement is not done at `deadline` (monotonic seconds), QueueFull if no session becomes
        free, and the errors of the database. If the task is cancelled, PostgreSQL cancels the statement; the session
        gets free when it has.
        """
        plan_anew = plan_anew or self._plans_anew
        if len(sql) <= SHORT_STATEMENT or any(session.has_prepared(sql) for session in self._sessions):
            return await self._run(flow, deadline, sql, arguments, plan_anew)
        await self.planning.acquire(flow, deadline - time.monotonic())
        try:
            return await self._run(flow, deadline, sql, arguments, plan_anew)
        finally:
            self.planning.release(flow)

    async def _run(
        self, flow: Flow, deadline: float, sql: str, arguments: Sequence[Any], plan_anew: bool
    ) -> asyncpg.Record | None:
        begin = timeline.now()
        session = await self._take(flow, deadline - time.monotonic(), sql, plan_anew=plan_anew)
        timeline.add_wait("wait for a connection", begin)
        start, begin = database_time.clock(), timeline.now()
        asked_at = asyncio.get_running_loop().time()
        try:
            row = await self._fetchrow(session, sql, arguments, deadline, plan_anew=plan_anew)
        except (asyncio.CancelledError, TimeoutError, TimedOut):
            self._start(self._recover(session, flow, asked_at))
            raise
        except BaseException:
            self._give_back(session, flow)
            raise
        finally:
            database_time.record(database_time.clock() - start)
            timeline.add("statement", begin, sql)
        self._give_back(session, flow)
        return row

    async def _fetchrow(
        self, session: ReadSession, sql: str, arguments: Sequence[Any], deadline: float, *, plan_anew: bool
    ) -> asyncpg.Record | None:
        left = deadline - time.monotonic()
        if left > self._statement_seconds - ROUNDING_SECONDS:
            # PostgreSQL itself ends the statement in time.
            return await session.fetchrow(sql, arguments, plan_anew=plan_anew)
        try:
            async with asyncio.timeout(left):
                return await session.fetchrow(sql, arguments, plan_anew=plan_anew)
        except TimeoutError:
            raise (TimedOut if time.monotonic() >= deadline else TimeoutError) from None

    @property
    def sessions(self) -> int:
        """The number of open sessions."""
        return len(self._sessions)

    @property
    def used(self) -> int:
        """The number of sessions that are in use, or being opened."""
        return self._used

    @asynccontextmanager
    async def acquire(self, flow: Flow = SERVER) -> AsyncIterator[asyncpg.Connection]:
        """A connection for the block. Raises QueueFull, and the errors of connecting."""
        session = await self._take(flow)
        try:
            yield session.connection
        finally:
            self._give_back(session, flow)

    async def close(self) -> None:
        """Closes all sessions once they are free, and at once those whose statement was cancelled. If cancelled itself,
        ends those that are in use."""
        try:
            await asyncio.sleep(0)  # a task that is cancelled before it has begun doesn't clean up
            for task in self._tasks:
                task.cancel()
            await self._all_free.wait()
            while self._tasks:
                await asyncio.wait(self._tasks)
            await asyncio.gather(*(self._close(session) for session in self._sessions))
        finally:
            for session in list(self._sessions):
                self._terminate(session)
            if self._sweeper is not None:
                self._sweeper.cancel()

    def drop(self) -> None:
        """Ends all sessions at once, also those in use, whose statements fail."""
        for session in list(self._sessions):
            self._terminate(session)

    async def _take(
        self, flow: Flow, patience: float | None = None, sql: str = "", *, plan_anew: bool = False
    ) -> ReadSession:
        """Returns a free session, the one that is most ready for the statement, or else a new one."""
        await self.queue.acquire(flow, patience)
        self._used += 1
        self._all_free.clear()
        while self._idle:
            session = self._idle.pop(self._most_ready(sql, plan_anew))
            if not session.connection.is_closed():
                return session
            self._terminate(session)
        try:
            async with asyncio.timeout(self._patience):
                session = ReadSession(await self._open())
        except BaseException:
            self._release(flow)
            raise
        self._sessions.add(session)
        return session

    def _most_ready(self, sql: str, plan_anew: bool) -> int:
        """The index of the idle session that is most ready for the statement; of several, the last one."""
        best, most = -1, -1
        for index in range(len(self._idle) - 1, -1, -1):
            readiness = self._idle[index].readiness(sql, plan_anew)
            if readiness == READY:
                return index
            if readiness > most:
                best, most = index, readiness
        return best

    def _give_back(self, session: ReadSession, flow: Flow) -> None:
        if session.connection.is_closed():
            self._terminate(session)
        elif session.worn:
            self._start(self._close(session))
        else:
            session.idle_since = asyncio.get_running_loop().time()
            self._idle.append(session)
            if self._sweeper is None:
                self._sweep()
        self._release(flow)

    def _release(self, flow: Flow) -> None:
        self.queue.release(flow)
        self._used -= 1
        if not self._used:
            self._all_free.set()

    async def _recover(self, session: ReadSession, flow: Flow, asked_at: float) -> None:
        """Makes the session of a cancelled statement usable. Until then, its place is not free: PostgreSQL may still
        work for it. If PostgreSQL doesn't respond, it has most likely forgotten the other sessions, too, that it hasn't
        responded to since the statement was sent."""
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await session.recover()
        except (TimeoutError, *DATABASE_ERRORS) as error:
            log.warning("A cancelled statement did not end, so its connection is closed: %s", type(error).__name__)
            self._terminate(session)
            self._forget_idle(asked_at)
        except BaseException:
            self._terminate(session)
            raise
        finally:
            self._give_back(session, flow)

    def _forget_idle(self, since: float) -> None:
        """Closes the sessions that have been idle since this time."""
        for session in [session for session in self._idle if session.idle_since <= since]:
            self._idle.remove(session)
            self._terminate(session)

    async def _close(self, session: ReadSession) -> None:
        try:
            await session.connection.close(timeout=CLOSE_SECONDS)
        except (TimeoutError, *DATABASE_ERRORS):
            pass
        finally:
            self._terminate(session)

    def _terminate(self, session: ReadSession) -> None:
        session.connection.terminate()
        self._sessions.discard(session)

    def _sweep(self) -> None:
        """Closes the sessions that were not used for long, and comes again while there are others."""
        loop = asyncio.get_running_loop()
        while self._idle and loop.time() - self._idle[0].idle_since >= UNUSED_SECONDS:
            self._start(self._close(self._idle.pop(0)))
        self._sweeper = loop.call_later(UNUSED_SECONDS / 10, self._sweep) if self._idle else None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
