"""Whether PostgreSQL allows as many connections as all workers together may open."""

import logging
from dataclasses import dataclass
from typing import Final

import asyncpg

from app.database import pools
from app.database.hosts import connect
from app.policy.reload import LISTENER
from app.settings import Settings, SettingsError

TASK_CONNECTIONS: Final = 4
"""Those that a process with PORTICO_MAIL_WORKER opens beside its pools: two for access reviews, one for upkeep, and one
for webhooks."""

BACKGROUND_CONNECTIONS: Final = TASK_CONNECTIONS + 1
"""Those of the tasks that only one worker runs, with one for the comparison of an edit of the policy."""

ALLOWED: Final = """
SELECT least(
  CAST(current_setting('max_connections') AS integer) - CASE WHEN rolsuper THEN 0 ELSE
    CAST(current_setting('superuser_reserved_connections') AS integer)
    + coalesce(CAST(nullif(current_setting('reserved_connections', true), '') AS integer), 0)
  END,
  CASE WHEN rolconnlimit >= 0 AND NOT rolsuper THEN rolconnlimit END,
  CASE WHEN datconnlimit >= 0 AND NOT rolsuper THEN datconnlimit END
)
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"""
"""How many connections this user may open to this database: of the server, of the user and of the database, the
smallest limit."""


PROCESSES: Final = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"""

log = logging.getLogger("portico.workers")


def connections_of(settings: Settings) -> int:
    """How many connections to PostgreSQL the workers of one server open at most. While a worker is replaced, there is
    one more of them. Those to read replicas are not counted: PostgreSQL starts a replica only if it allows as many as
    its primary does."""
    return connections_of_process(settings) * (settings.workers + 1) + BACKGROUND_CONNECTIONS


def connections_of_process(settings: Settings) -> int:
    """How many connections to PostgreSQL a server process opens at most, beside those of `BACKGROUND_CONNECTIONS`.
    Connections to a pooler that shares sessions don't count."""
    replication = 1 if settings.replicas() else 0
    if settings.shares_sessions():
        return settings.reserved_connections + pools.BACKGROUND_CONNECTIONS + replication
    return settings.read_connections + settings.write_connections + settings.reserved_connections + replication


def connections_needed(settings: Settings) -> int:
    """How many connections to PostgreSQL a server opens at most, with its workers or as one process."""
    if settings.workers > 1:
        return connections_of(settings)
    return connections_of_process(settings) + (TASK_CONNECTIONS if settings.mail_worker else 0)


@dataclass(frozen=True, slots=True)
class Room:
    """How many connections PostgreSQL allows, how many the server `needed` at most, and how many the `processes` of
    other servers may open that are connected, if their settings are the same."""

    allowed: int
    needed: int
    processes: int
    others: int

    @property
    def is_short(self) -> bool:
        """Whether the connections don't suffice for all servers together."""
        return self.needed + self.others > self.allowed

    def __str__(self) -> str:
        return (
            f"this server opens up to {self.needed} connections to PostgreSQL, and {self.processes} other processes "
            f"that are connected up to {self.others}, if they have the same settings; PostgreSQL allows {self.allowed}"
        )


async def read_room(connection: asyncpg.Connection, settings: Settings) -> Room:
    """Raises database errors."""
    allowed: int = await connection.fetchval(ALLOWED)
    # Each process of a server has one connection of this name.
    processes: int = await connection.fetchval(PROCESSES, LISTENER)
    return Room(allowed, connections_needed(settings), processes, processes * connections_of_process(settings))


async def check_connections(settings: Settings) -> None:
    """Logs a warning if PostgreSQL allows fewer connections than this server and the others on this database may open
    together. Raises SettingsError if it allows fewer than the workers of this one may, and database errors."""
    connection = await connect(settings.database())
    try:
        room = await read_room(connection, settings)
    finally:
        await connection.close()
    if room.is_short:
        log.warning("Connections may run out: %s.", room)
    needed, allowed = room.needed, room.allowed
    if settings.workers > 1 and needed > allowed:
        raise SettingsError(
            f"PORTICO_WORKERS: {settings.workers} workers, and one more while they are restarted, open up to {needed} "
            f"connections to PostgreSQL, which allows {allowed}. Raise its max_connections, or the limit of the "
            "user or the database; or lower PORTICO_WORKERS, PORTICO_READ_CONNECTIONS or PORTICO_WRITE_CONNECTIONS."
        )
