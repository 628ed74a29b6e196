"""One read replica: its sessions, and whether it may be read from now."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.errors import DATABASE_ERRORS, UnsuitableConnection
from app.database.log_text import describe
from app.database.read_pool import ReadPool
from app.database.replication.clock import now
from app.database.replication.handover import Standing
from app.database.replication.link import Link
from app.database.sessions import Sessions
from resolvers.driver_connection import DriverConnection

INSTANCE: Final = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)"
"""Identifies a running PostgreSQL: the time of its start, in microseconds."""

STATUS: Final = f"""
SELECT pg_is_in_recovery() AS is_replica, {INSTANCE} AS instance,
       CAST(pg_last_wal_replay_lsn() - CAST('0/0' AS pg_lsn) AS bigint) AS replayed,
       (SELECT mark FROM replica_leases WHERE id = $1) AS mark"""  # noqa: S608

FIRST_PAUSE: Final = 0.001
LONGEST_PAUSE: Final = 0.05
"""Seconds between two looks at a replica that somebody waits for."""

OPEN_SECONDS: Final = 2.0
"""How long a read waits for a session on a replica to open. Then it goes to the primary."""

RECENT_MARKS: Final = 16

log = logging.getLogger("portico.replicas")


class ReplicaState(StrEnum):
    """Whether a replica is read from, and if not, why."""

    STARTING = "starting"
    IN_USE = "in use"
    LAGGING = "lagging"
    AWAY = "away"
    PROMOTED = "not a replica"
    ALONE = "in use alone"
    """It is read from although the primary can't be reached, so it isn't known how far it is behind."""
    UNKNOWN = "unknown"
    """The same, but it isn't read from."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a replica says of itself through `session`. `replayed` is its position in the WAL, in bytes, and `mark` that
    of the lease."""

    is_replica: bool
    instance: str
    replayed: int
    mark: int | None
    session: asyncpg.Connection | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen through `session` by which the replica may be read from until `until` (`clock.now`). It is
    void when the session is lost: PostgreSQL may have crashed, and then begins with an older state. Without a session,
    another process has seen it."""

    session: asyncpg.Connection | None
    position: int
    until: float


class Replica:
    """A read replica. `name` is its address, for people. `pool` has the sessions for reads, and `engine` a few for what
    reads need first, while the primary is away."""

    def __init__(self, name: str, link: Link, engine: AsyncEngine, make_pool: Callable[["Replica"], ReadPool]) -> None:
        self.name, self.link, self.engine = name, link, engine
        self.lease: UUID = uuid4()
        self._known_lease = self.lease
        self.state = ReplicaState.STARTING
        self.instance = ""
        self.reads = 0
        self.retries = 0
        self.pool = make_pool(self)
        self._proof: Proof | None = None
        self._alone_until = float("-inf")
        self._alone_session: asyncpg.Connection | None = None
        self._delay = 0.0
        self._proved_at = now()
        self._marks: deque[int] = deque(maxlen=RECENT_MARKS)
        self._asking: asyncio.Task[Status] | None = None

    @property
    def lag(self) -> float:
        """How many seconds the replica was behind when that was last measured. If it didn't catch up in time, for how
        long it has been behind, at most."""
        return self._delay if self.state is ReplicaState.IN_USE else now() - self._proved_at

    def is_proven(self) -> bool:
        """Whether the replica may be read from."""
        proof = self._proof
        return proof is not None and now() < proof.until and proof.session is self.link.session

    def is_alone(self) -> bool:
        """Whether the replica responded just now, while the primary can't be reached, and is no older than when
        it was read from last. As a proof, that is void when the session is lost."""
        session = self._alone_session
        return now() < self._alone_until and session is not None and session is self.link.session

    async def status(self) -> Status:
        """Returns what the replica says of itself. Those who ask at the same time share one statement. Raises
        TimeoutError, and the errors of the database."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_retrieve)
        return await asyncio.shield(self._asking)

    async def _ask(self) -> Status:
        row = await self.link.fetchrow(STATUS, self._known_lease)
        assert row is not None
        return Status(row["is_replica"], row["instance"], row["replayed"] or 0, row["mark"], self.link.session)

    async def wait_until_replayed(self, position: int) -> None:
        """Returns when the replica has replayed the WAL up to the position. Raises TimeoutError, and the errors of the
        database."""
        pause = FIRST_PAUSE
        while (await self.status()).replayed < position:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def prove(self, mark: int, position: int) -> asyncpg.Connection:
        """Waits until the replica shows the mark and has replayed up to the position. Returns the session through which
        that was seen. Raises UnsuitableConnection if it stops being the replica that it was, TimeoutError, and the
        errors of the database."""
        self._marks.append(mark)
        self._known_lease = self.lease
        pause = FIRST_PAUSE
        while True:
            session, status = self.link.session, await self.status()
            if not status.is_replica or status.instance != self.instance:
                raise UnsuitableConnection("the replica was promoted or restarted")
            if status.mark == mark and status.replayed >= position and session is not None:
                return session
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def accept(self, session: asyncpg.Connection, position: int, until: float, delay: float) -> None:
        """Lets reads use the replica until `until` (`clock.now`). `delay` is how long it took to catch up."""
        self._proof = Proof(session, position, until)
        self.note_delay(delay)
        self._set(ReplicaState.IN_USE, f"{delay * 1000:.0f} ms behind")

    def note_delay(self, delay: float) -> None:
        """Notes how long the replica took to catch up."""
        self._delay, self._proved_at = delay, now()

    def stand_alone(self, status: Status, seconds: float, reached_at: float) -> None:
        """Lets reads use the replica for `seconds` without the primary, which was reached last at `reached_at`
        (`clock.now`), unless it is older than when it was last read from, or follows another database by now.
        A replica that was left out at `reached_at` stays left out: it may lack changes, such as that a user was
        removed."""
        proof = self._proof
        if proof is None or proof.until < reached_at:
            self.leave_out(ReplicaState.UNKNOWN, "the primary can't be reached, and it was not up to date before")
            return
        is_same = status.instance == self.instance or status.mark in self._marks
        if not status.is_replica or status.replayed < proof.position or not is_same:
            self.leave_out(ReplicaState.UNKNOWN, "the primary can't be reached, and it is older than before")
            return
        self.instance = status.instance
        self._proof = replace(proof, position=status.replayed)
        self._alone_until, self._alone_session = now() + seconds, status.session
        self._set(ReplicaState.ALONE, "the primary can't be reached")

    def end_alone(self) -> None:
        """Ends the reads without the primary: it was reached, and others may have changed what the replica doesn't
        have."""
        self._alone_until = float("-inf")

    def standing(self) -> Standing | None:
        """What another process must know to read from the replica without the primary; None if this one doesn't."""
        if self._proof is None or not self.is_alone():
            return None
        return Standing(self.instance, self._proof.position, self._known_lease, tuple(self._marks))

    def take_over(self, standing: Standing, reached_at: float) -> None:
        """Lets the replica `stand_alone` as in the process of which this is the standing, and which reached the primary
        last at `reached_at` (`clock.now`)."""
        self.instance, self._known_lease = standing.instance, standing.lease
        self._marks.extend(standing.marks)
        self._proof = Proof(None, standing.position, reached_at)

    def leave_out(self, state: ReplicaState, reason: str) -> None:
        """Notes why the replica isn't used any more, once its lease has ended."""
        self.end_alone()
        self._set(state, reason)

    def lose(self, error: BaseException) -> None:
        """Ends all sessions of a replica that doesn't respond, so that reads which wait for it go elsewhere."""
        self.link.close()
        self.pool.drop()
        self.leave_out(ReplicaState.AWAY, describe(error) or type(error).__name__)

    async def open_session(self, sessions: Sessions) -> DriverConnection:
        """Opens a session for reads. Raises UnsuitableConnection if it leads to another PostgreSQL than the one that
        was found to be up to date, TimeoutError, and the errors of the database."""
        async with asyncio.timeout(OPEN_SECONDS):
            connection = await sessions.open()
            try:
                instance = await connection.fetchval(f"SELECT {INSTANCE}")
            except BaseException:
                connection.terminate()
                raise
        if instance != self.instance:
            connection.terminate()
            raise UnsuitableConnection(
                f"the address of the read replica {self.name} leads to several servers: name each of them instead"
            )
        return connection

    async def close(self, seconds: float) -> None:
        """Closes all sessions, within about so many seconds."""
        self.link.close()
        try:
            async with asyncio.timeout(seconds):
                await self.engine.dispose()
                await self.pool.close()
        except (TimeoutError, *DATABASE_ERRORS):
            log.warning("The sessions on the read replica %s did not end in time.", self.name)

    def _set(self, state: ReplicaState, reason: str) -> None:
        if state is self.state:
            return
        level = logging.INFO if state is ReplicaState.IN_USE else logging.WARNING
        log.log(level, "The read replica %s is %s: %s.", self.name, state, reason)
        self.state = state


async def is_replica(engine: AsyncEngine) -> bool:
    """Whether the PostgreSQL of an engine is a replica, which can't be written to. Raises the errors of the
    database."""
    async with engine.connect() as connection:
        return bool((await connection.exec_driver_sql("SELECT pg_is_in_recovery()")).scalar())


def _retrieve(task: "asyncio.Task[Status]") -> None:
    """A failure that nobody waited for is no news: the next look finds out."""
    if not task.cancelled():
        task.exception()
