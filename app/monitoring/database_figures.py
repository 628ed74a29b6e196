"""The metrics that only the database knows: whether it responds, and the mails that wait in the outbox."""

import asyncio
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.errors import DATABASE_ERRORS
from resolvers.outbox_queue import QueueFigures, figures
from resolvers.prepared_statement import single_statements

SECONDS: Final = 2.0
"""How long the database may take to respond."""


async def read_queue_figures(engine: AsyncEngine) -> QueueFigures | None:
    """Returns the figures of the outbox, read on a connection of `engine`, or None if the database doesn't respond in
    time."""
    try:
        async with asyncio.timeout(SECONDS), single_statements(engine) as connection:
            return await figures(connection)
    except (TimeoutError, *DATABASE_ERRORS):
        return None
