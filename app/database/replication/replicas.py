"""The read replicas of a server process: chooses one for a read, and lets a change wait until they have it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.database.errors import DATABASE_ERRORS, is_unavailable
from app.database.read_pool import ReadPool
from app.database.replication.clock import now
from app.database.replication.follower import Follower
from app.database.replication.handover import Standing
from app.database.replication.primary import Primary
from app.database.replication.replica import Replica
from app.database.sessions import Sessions
from resolvers.distribution import Distribution

CLOSE_SECONDS: Final = 3.0

POLL_SECONDS: Final = 0.02

LONGEST_LAG: Final = 10.0
"""The longest lag that can be set, in seconds."""


@dataclass(frozen=True, slots=True)
class ReplicaLimits:
    """How many seconds a replica may be behind, and for how many seconds reads may go on without the primary."""

    lag: float
    alone: float


class Replicas:
    """The replicas of `primary`. `primary_sessions` are those of requests: they are dropped when it has become another
    one, so that nobody waits for, or writes to, the former one. `reading_sessions` are those of them that reads need:
    they are dropped when reads go on without it. `news` is set whenever the primary was reached, or asked in vain while
    a replica may be read from. `taken_over` says whether this process was started since that is away. `waits` are the
    seconds for which changes have waited for the replicas, and `primary_reads` counts the reads that went to the
    primary."""

    def __init__(self, primary: Primary, replicas: Sequence[Replica], limits: ReplicaLimits) -> None:
        self.primary, self.all, self.limits = primary, tuple(replicas), limits
        self.waits = Distribution()
        self.primary_reads = 0
        self.primary_sessions: Sequence[Sessions] = ()
        self.reading_sessions: Sequence[Sessions] = ()
        self.news = asyncio.Event()
        self.taken_over = False
        primary.on_changed = self._leave_former_primary
        primary.on_reached = self._note_primary
        self._next = 0

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Until the end of the block, keeps track of the replicas; then closes all sessions."""
        followers = [Follower(replica, self.primary, self.limits.lag, self._leave_primary) for replica in self.all]
        tasks = [asyncio.create_task(follower.run(), name="follow a replica") for follower in followers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
            await asyncio.gather(*(follower.end() for follower in followers))
            self.primary.close()
            await asyncio.gather(*(replica.close(CLOSE_SECONDS) for replica in self.all))

    def choose(self, tried: Collection[Replica] = ()) -> Replica | None:
        """Returns the replica to read from: of those that are up to date, the one with the fewest reads; while the
        primary is away, of those that may be read from then. None if there is none that wasn't `tried`."""
        usable = [replica for replica in self.all if replica.is_proven() and replica not in tried]
        if not usable and self.reads_alone():
            usable = [replica for replica in self.all if replica.is_alone() and replica not in tried]
        if len(usable) <= 1:
            return usable[0] if usable else None
        fewest = min(replica.pool.used for replica in usable)
        least_busy = [replica for replica in usable if replica.pool.used == fewest]
        self._next += 1
        return least_busy[self._next % len(least_busy)]

    def take_over(self, reached_at: float, standings: Sequence[Standing | None]) -> None:
        """Begins with what another process knew, which reached the primary last at `reached_at` (`clock.now`):
        what is known of each replica, in their order."""
        self.taken_over = True
        self.primary.take_over(reached_at)
        for replica, standing in zip(self.all, standings, strict=True):
            if standing is not None:
                replica.take_over(standing, reached_at)

    async def wait_until_settled(self, seconds: float) -> bool:
        """After `take_over`, waits until reads go on without the primary, or that was reached. Returns whether reads go
        on without it. Raises TimeoutError after so many seconds."""
        taken_over_at = self.primary.reached_at
        async with asyncio.timeout(seconds):
            while not self.reads_alone():
                if self.primary.reached_at != taken_over_at:
                    return False
                await asyncio.sleep(POLL_SECONDS)
        return True

    def reads_alone(self) -> bool:
        """Whether reads go on without the primary."""
        return self.primary.is_away and self.primary.may_be_away and any(replica.is_alone() for replica in self.all)

    def _leave_primary(self) -> None:
        """Lets reads that wait for the primary go on from a replica."""
        if self.reads_alone():
            for sessions in self.reading_sessions:
                sessions.drop()
            self.news.set()

    def _note_primary(self) -> None:
        self.taken_over = False
        for replica in self.all:
            replica.end_alone()
        self.news.set()

    def _leave_former_primary(self, reached_at: float) -> None:
        for sessions in self.primary_sessions:
            sessions.drop(opened_before=reached_at)

    def goes_on(self, error: BaseException | None) -> bool:
        """Whether what a read needs may go on in spite of this error of the primary, with a replica."""
        while error is not None:
            if is_unavailable(error):
                return self.primary.may_be_away and any(
                    replica.is_proven() or replica.is_alone() for replica in self.all
                )
            error = error.__cause__
        return False

    async def catch_up(self) -> None:
        """Returns when no process reads from a replica that is without what was committed before. That takes as long
        as the longest lease may last, at most."""
        begin = now()
        try:
            async with asyncio.timeout(self.limits.lag):
                changed = await self.primary.changed()
        except (TimeoutError, *DATABASE_ERRORS):
            # All leases that began before the change end in this time.
            await asyncio.sleep(max(begin + self.limits.lag - now(), 0))
        else:
            waits = (self._wait(name, changed.position, seconds) for name, seconds in changed.leases.items())
            await asyncio.gather(*waits)
        self.waits.observe(now() - begin)

    async def _wait(self, instance: str, position: int, seconds: float) -> None:
        """Waits until a replica has replayed the position, or its lease has ended in `seconds`."""
        end = now() + min(seconds, LONGEST_LAG)
        for replica in self.all:
            if replica.instance == instance:
                try:
                    async with asyncio.timeout(end - now()):
                        await replica.wait_until_replayed(position)
                        return
                except (TimeoutError, *DATABASE_ERRORS):
                    break
        await asyncio.sleep(max(end - now(), 0))

    def pools(self) -> dict[str, ReadPool]:
        """The pools of sessions by the replica's name."""
        return {replica.name: replica.pool for replica in self.all}
