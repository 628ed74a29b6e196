"""Two servers on one database with a read replica, as two machines would run them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.database.replication.replica import Replica, ReplicaState
from app.database.replication.replicas import Replicas
from tests.support.server import Client, serving

LAG = 0.5
"""The lag that the tests allow, in seconds."""

PATIENCE = 60.0


def replicas_of(client: Client) -> Replicas:
    """The read replicas of a server."""
    found = client.backend.replicas
    assert found is not None
    return found


def replica_of(client: Client) -> Replica:
    """The only read replica of a server."""
    [replica] = replicas_of(client).all
    return replica


@asynccontextmanager
async def reading_from(
    primary_url: str, replica_urls: str, folder: Path, /, *, used: bool = True, **settings: Any
) -> AsyncIterator[Client]:
    """A server that reads from replicas, and does so before the block begins, unless they are not to be `used`."""
    folder.mkdir(exist_ok=True)
    settings = {"read_database_url": replica_urls, "read_lag": LAG, **settings}
    async with serving(primary_url, folder, **settings) as client:
        if used:
            for replica in replicas_of(client).all:
                await until(replica.is_proven)
        yield client


@asynccontextmanager
async def two_servers(
    primary_url: str, replica_url: str, folder: Path, **settings: Any
) -> AsyncIterator[tuple[Client, Client]]:
    """Two servers that read from the same replica."""
    async with (
        reading_from(primary_url, replica_url, folder / "one", **settings) as one,
        reading_from(primary_url, replica_url, folder / "other", **settings) as other,
    ):
        yield one, other


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def until_state(client: Client, state: ReplicaState) -> None:
    """Return when the only replica is in this state."""
    await until(lambda: replica_of(client).state is state)
