"""Whether a process may start that can read from replicas alone."""

from typing import Final

from app.database.errors import is_unavailable
from app.database.hosts import connect

_AWAY: Final = (
    "the primary (DATABASE_URL) can't be reached, so this process doesn't start: it can't know how recent the read "
    "replicas must be, nor whether a rollback of the policy is in effect. Processes that were running before go on "
    "reading for PORTICO_READ_WITHOUT_PRIMARY. Bring the primary back, or promote a replica and let DATABASE_URL lead "
    "to it"
)


class PrimaryAway(ConnectionError):
    """A process that can read from replicas alone can't start without the primary."""


async def check_primary(url: str) -> None:
    """Checks that the primary accepts connections. Raises PrimaryAway, whose message is for operators, and the errors
    of a database that refuses the connection."""
    try:
        connection = await connect(url)
    except Exception as error:
        if is_unavailable(error):
            raise PrimaryAway(f"{_AWAY} ({type(error).__name__})") from error
        raise
    connection.terminate()
