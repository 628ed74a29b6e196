"""The metrics that only the database knows: whether it responds, the mails in the outbox, and the webhooks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.errors import DATABASE_ERRORS
from resolvers.mutations.webhooks.figures import webhook_counts
from resolvers.outbox_queue import QueueFigures, figures
from resolvers.prepared_statement import single_statements

SECONDS: Final = 2.0
"""How long the database may take to respond."""


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """The figures of the outbox, and the numbers of webhooks by condition."""

    outbox: QueueFigures
    webhooks: Mapping[str, int]


async def read_figures(engine: AsyncEngine) -> DatabaseFigures | None:
    """Returns the figures, read on a connection of `engine`, or None if the database doesn't respond in time."""
    try:
        async with asyncio.timeout(SECONDS), single_statements(engine) as connection:
            return DatabaseFigures(await figures(connection), await webhook_counts(connection))
    except (TimeoutError, *DATABASE_ERRORS):
        return None
