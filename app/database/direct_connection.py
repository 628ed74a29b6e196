"""Whether a pooler is suitable, and leads to the same database as the direct connections."""

import asyncio
import secrets
from typing import Final

from app.database.errors import UnsuitableConnection
from app.database.hosts import CONNECT_SECONDS, connect
from app.database.sessions import Sessions

NOTIFIED_SECONDS: Final = 5.0
"""How long a notification may take from one to the other."""

_DIFFERENT: Final = (
    "PORTICO_DIRECT_DATABASE_URL and DATABASE_URL lead to different databases, or the first one leads through a pooler "
    "in transaction mode, too: what is notified through DATABASE_URL isn't heard there"
)


async def check_pooler(pooled_url: str, direct_url: str) -> None:
    """Check that the pooler leads to the same database as the direct address, and that requests can use it. Raises
    UnsuitableConnection, and the errors of connecting."""
    await check_same_database(pooled_url, direct_url)
    (await Sessions(pooled_url, {}, shares_sessions=True).open()).terminate()


async def check_same_database(pooled_url: str, direct_url: str) -> None:
    """Check it as it is used: a direct connection hears what is notified through the pooler. Raises
    UnsuitableConnection, and the errors of connecting."""
    channel, notified = f"portico_{secrets.token_hex(8)}", asyncio.Event()

    def on_notification(*_: object) -> None:
        notified.set()

    direct = await connect(direct_url)
    try:
        await direct.add_listener(channel, on_notification)
        pooled = await connect(pooled_url)
        try:
            # Without parameters, so that nothing is prepared.
            await pooled.execute(f"NOTIFY {channel}", timeout=CONNECT_SECONDS)
        finally:
            pooled.terminate()
        async with asyncio.timeout(NOTIFIED_SECONDS):
            await notified.wait()
    except TimeoutError:
        raise UnsuitableConnection(_DIFFERENT) from None
    finally:
        direct.terminate()
