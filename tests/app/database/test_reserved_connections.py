"""A read never waits behind mutations: what it needs first has connections of its own, and every wait has an end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.database.pools import create_read_pool
from resolvers.fair_queue import QueueFull
from tests.support.server import Client, add_demo_world, serving

CONNECTIONS = 6
QUERY = {"query": "{ services { totalCount } }"}
SERVICES = {"services": {"totalCount": 6}}


@asynccontextmanager
async def all_write_connections_held(client: Client) -> AsyncIterator[None]:
    """During the block, mutations hold all connections that they may use."""
    async with AsyncExitStack() as held:
        with suppress(PoolTimeout):
            while True:
                await held.enter_async_context(client.backend.engine.connect())
        yield


@pytest.fixture
async def opened(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    # Who waits for a connection for mutations fails at once.
    monkeypatch.setattr("app.database.pools.WAIT_SECONDS", 0.2)
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path, write_connections=CONNECTIONS) as client:
        yield client


async def test_a_read_with_an_expired_lease_does_not_wait_behind_mutations(opened: Client) -> None:
    token = await opened.session("ada@acme.example")
    assert (await opened.post(QUERY, token)).json()["data"] == SERVICES
    async with all_write_connections_held(opened):
        await opened.backend.leases.tidy(everything=True)
        assert (await opened.post(QUERY, token)).json()["data"] == SERVICES


async def test_neither_does_a_read_of_a_user_that_this_server_does_not_know_yet(opened: Client) -> None:
    token = await opened.session("ada@acme.example")
    async with all_write_connections_held(opened):
        assert (await opened.post(QUERY, token)).json()["data"] == SERVICES


async def test_neither_do_readiness_and_published_keys(opened: Client) -> None:
    async with all_write_connections_held(opened):
        assert (await opened.http.get("/readyz")).status_code == 200
        assert (await opened.http.get("/oauth2/jwks")).status_code == 200


async def test_a_read_waits_a_bounded_time_for_a_connection(
    shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.pools.WAIT_SECONDS", 0.1)
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        async with pool.acquire():
            with pytest.raises(QueueFull):
                await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT 1") == 1
