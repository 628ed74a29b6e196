"""Servers that start while the primary is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.backend import handover_file
from app.database.replication import clock
from app.database.replication.handover import Handover
from app.database.replication.replica import ReplicaState
from app.settings import Settings
from app.takeover import take_over_if_away
from tests.support.replicas.two_servers import LAG, until, until_state
from tests.support.server import Client, serving, settings_of

ALONE = 600


def alone_settings(url: str, replica_urls: str, folder: Path, **more: Any) -> Settings:
    """The settings of a server that reads without its primary."""
    return settings_of(url, folder, **_given(replica_urls, **more))


def _given(replica_urls: str, **more: Any) -> dict[str, Any]:
    return {"read_database_url": replica_urls, "read_lag": LAG, "read_without_primary": ALONE, **more}


async def until_written(client: Client, settings: Settings) -> Handover:
    """Wait until a server reads without its primary, and has written that down. Returns what."""
    await until_state(client, ReplicaState.ALONE)
    file = handover_file(settings)
    await until(file.path.exists)
    return file.read(settings.read_without_primary.total_seconds(), clock.now())


@asynccontextmanager
async def starting_alone(url: str, replica_urls: str, folder: Path, **more: Any) -> AsyncIterator[Client]:
    """A server that starts while its primary is away. Raises PrimaryAway if it refuses to."""
    takeover = await take_over_if_away(alone_settings(url, replica_urls, folder, **more))
    assert takeover is not None
    async with serving(url, folder, None, None, takeover, **_given(replica_urls, **more)) as client:
        yield client
