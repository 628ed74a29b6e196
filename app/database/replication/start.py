"""Whether the primary can be reached when a process starts that can read from replicas alone."""

from app.database.errors import is_unavailable
from app.database.hosts import CONNECT_SECONDS, connect


class PrimaryAway(ConnectionError):
    """A process that can read from replicas alone can't start: the primary can't be reached, and no other process has
    left what it would need. The message is for operators."""


async def why_away(url: str) -> str | None:
    """Returns why the primary can't be reached, in a word; None if it accepts connections. Raises the errors of a
    database that refuses the connection."""
    try:
        connection = await connect(url)
    except Exception as error:
        if is_unavailable(error):
            return type(error).__name__
        raise
    connection.terminate()
    return None


async def can_be_written_to(url: str) -> bool:
    """Whether the database can be reached, and isn't a replica. Raises the errors of a database that refuses the
    connection."""
    try:
        connection = await connect(url)
        try:
            return not await connection.fetchval("SELECT pg_is_in_recovery()", timeout=CONNECT_SECONDS)
        finally:
            connection.terminate()
    except Exception as error:
        if is_unavailable(error):
            return False
        raise
