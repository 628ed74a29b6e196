"""Notifications reach whoever listens, and nobody is counted before they listen."""

import asyncio

from app.background import end_tasks
from app.database.notifications import count_listeners, listen, notify
from app.database.pools import create_write_engine

NAME = "a listener of the test"


async def test_whoever_is_counted_receives_what_is_sent_next(shared_database_url: str) -> None:
    engine = create_write_engine(shared_database_url)
    received: asyncio.Queue[str] = asyncio.Queue()
    # So many that a listener that is counted before the last channel is found out.
    channels = [f"portico_test_{number}" for number in range(200)]
    listener = asyncio.create_task(listen(engine, dict.fromkeys(channels, received.put_nowait), 5, name=NAME))
    try:
        async with asyncio.timeout(60):
            while await count_listeners(engine, NAME) == 0:
                await asyncio.sleep(0)
            await notify(engine, channels[-1], "hello")
            assert await received.get() == "hello"
    finally:
        await end_tasks([listener])
        await engine.dispose()
