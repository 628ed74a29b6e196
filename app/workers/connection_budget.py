"""Whether PostgreSQL allows as many connections as all workers together may open."""

from typing import Final

import asyncpg

from app.database import pools
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


async def check_connections(settings: Settings) -> None:
    """Raises SettingsError if PostgreSQL allows fewer connections than the workers may open, and database errors."""
    connection = await asyncpg.connect(settings.database())
    try:
        allowed: int = await connection.fetchval(ALLOWED)
    finally:
        await connection.close()
    needed = connections_of(settings)
    if needed > allowed:
        raise SettingsError(
            f"PORTICO_WORKERS: {settings.workers} workers, and one more while they are restarted, open up to {needed} "
            f"connections to PostgreSQL, which allows {allowed}. Raise its max_connections, or the limit of the "
            "user or the database; or lower PORTICO_WORKERS, PORTICO_READ_CONNECTIONS or PORTICO_WRITE_CONNECTIONS."
        )
