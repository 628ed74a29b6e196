"""What replication asks of the primary, and whether it can be reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.database.errors import is_unavailable
from app.database.replication.clock import now
from app.database.replication.link import Link
from app.database.replication.replica import INSTANCE

_LSN: Final = """
CASE WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
     ELSE pg_current_wal_flush_lsn() END"""

_BYTES: Final = f"CAST({_LSN} - CAST('0/0' AS pg_lsn) AS bigint)"

POSITION: Final = f"""
SELECT at - CASE WHEN at % page <= 40 THEN at % page ELSE 0 END AS position
FROM (SELECT {_BYTES} AS at, CAST(current_setting('wal_block_size') AS bigint) AS page) AS wal"""  # noqa: S608
"""The position in the WAL, in bytes, before which all records of completed commits end. The insert position can be
behind the header of a page, of up to 40 bytes, that has no record yet: no replica would replay up to there."""

RENEW: Final = """
INSERT INTO replica_leases AS lease (id, replica, mark, ends_at)
VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second')
ON CONFLICT (id) DO UPDATE SET
  replica = excluded.replica, mark = excluded.mark, ends_at = greatest(lease.ends_at, excluded.ends_at)
RETURNING mark"""

CHANGED: Final = f"""
SELECT position.position, leases.replicas, leases.seconds
FROM ({POSITION}) AS position, (
  SELECT array_agg(replica) AS replicas, array_agg(seconds) AS seconds
  FROM (
    SELECT replica, CAST(extract(epoch FROM max(ends_at) - clock_timestamp()) AS float8) AS seconds
    FROM replica_leases WHERE ends_at > clock_timestamp() GROUP BY replica
  ) AS lease
) AS leases"""  # noqa: S608

RENEWED: Final = f"SELECT position, {INSTANCE} AS instance FROM ({POSITION}) AS position"  # noqa: S608

END: Final = "DELETE FROM replica_leases WHERE id = $1"

FORGET: Final = "DELETE FROM replica_leases WHERE ends_at < clock_timestamp() - interval '1 hour'"
"""The leases of processes that were killed."""

AWAY_AFTER_TIMEOUTS: Final = 2
"""After so many statements that took too long, one after the other, the database counts as away."""

AWAY_SECONDS: Final = 5.0
"""For how long, in addition to the time that a statement may take: it is asked again before, while there is a replica
to read from, and then the answer is waited for."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The position of a change in the WAL, in bytes, and for how many seconds each replica may be in use without it."""

    position: int
    leases: dict[str, float]


class Primary:
    """The primary, asked through `link`, where a statement may take `seconds`. `alone_seconds` is for how long reads
    may go on without it. `on_changed` is called when it has become another one, after a failover, or was restarted,
    with the time (`clock.now`) at which the former one was reached last; `on_reached` whenever it has been reached."""

    def __init__(self, link: Link, alone_seconds: float, seconds: float = 0) -> None:
        self._link, self._alone_seconds, self._seconds = link, alone_seconds, seconds
        self._reached_at = float("-inf")
        self._timeouts = 0
        self._failed_at = self._asked_at = float("-inf")
        self._instance: str | None = None
        self.on_changed: Callable[[float], None] = lambda reached_at: None
        self.on_reached: Callable[[], None] = lambda: None

    @property
    def reached_at(self) -> float:
        """When the database was last reached (`clock.now`)."""
        return self._reached_at

    @property
    def asked_at(self) -> float:
        """When a statement began by which the database was last found to be away (`clock.now`)."""
        return self._asked_at

    @property
    def alone_seconds_left(self) -> float:
        """For how many seconds reads may go on without the database, if it isn't reached again."""
        return max(self._reached_at + self._alone_seconds - now(), 0)

    def take_over(self, reached_at: float) -> None:
        """Lets reads go on as in a process that reached the database last at `reached_at` (`clock.now`). This one has
        asked it in vain, too."""
        self._reached_at = reached_at
        self._timeouts = AWAY_AFTER_TIMEOUTS - 1

    @property
    def may_be_away(self) -> bool:
        """Whether reads may go on without the database now, if it can't be reached."""
        return now() < self._reached_at + self._alone_seconds

    @property
    def is_away(self) -> bool:
        """Whether the database could not be reached when it was asked last."""
        return now() < self._failed_at + self.away_seconds

    @property
    def away_seconds(self) -> float:
        """For how long what was found by a statement in vain counts: until the next one has had its time."""
        return AWAY_SECONDS + self._seconds

    async def renew(self, lease: UUID, replica: str, mark: int, seconds: float) -> int:
        """Renews a lease, and returns the position in the WAL, in bytes, of everything that was committed before. The
        lease ends after `seconds`, or when it would have ended before if that is later. Raises TimeoutError, and the
        errors of the database."""
        return await self._reach((RENEW, lease, replica, mark, seconds))

    async def look(self) -> None:
        """Finds out whether the database can be reached. Raises TimeoutError, and the errors of the database."""
        await self._reach()

    async def _reach(self, *before: tuple[Any, ...]) -> int:
        """Runs these statements, each with its arguments, and returns the position in the WAL after them."""
        begin = now()
        try:
            for statement in before:
                await self._link.fetchrow(*statement)
            # In a statement of its own, which begins when all can see the lease.
            row = await self._link.fetchrow(RENEWED)
        except BaseException as error:
            self._note_failure(error, begin)
            raise
        assert row is not None
        former, self._instance = self._instance, row["instance"]
        if former not in (None, self._instance):
            self.on_changed(self._reached_at)
        self._reached_at, self._timeouts, self._failed_at = begin, 0, float("-inf")
        self.on_reached()
        position: int = row["position"]
        return position

    async def changed(self) -> Changed:
        """Returns what has to be waited for after a commit. Raises TimeoutError, and the errors of the database."""
        row = await self._link.fetchrow(CHANGED)
        assert row is not None
        return Changed(row["position"], dict(zip(row["replicas"] or (), row["seconds"] or (), strict=True)))

    async def end(self, lease: UUID) -> None:
        """Ends a lease. Raises TimeoutError, and the errors of the database."""
        await self._link.fetchrow(END, lease)

    async def forget_leases(self) -> None:
        """Deletes leases that ended long ago. Raises TimeoutError, and the errors of the database."""
        await self._link.fetchrow(FORGET)

    def close(self) -> None:
        """Closes the session."""
        self._link.close()

    def _note_failure(self, error: BaseException, begin: float) -> None:
        if isinstance(error, TimeoutError):
            self._timeouts += 1
            is_found_away = self._timeouts >= AWAY_AFTER_TIMEOUTS or self.is_away
        else:
            # If it refuses the statement, it is there.
            is_found_away = isinstance(error, Exception) and is_unavailable(error)
        if is_found_away:
            # It may have waited for other statements before, for long if none is answered.
            self._failed_at, self._asked_at = now(), max(begin, now() - self._seconds)
