"""A replica that dies, hangs, restarts or is promoted fails no query."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.database.replication.replica import ReplicaState
from tests.support.replicas.standby import Standby, standby_of
from tests.support.replicas.two_servers import reading_from, replica_of, replicas_of, until, until_state
from tests.support.server import Client

ADA = "ada@acme.example"
SERVICES = "{ services { totalCount nodes { code contractAccount { name } } } }"
READERS = 8


@asynccontextmanager
async def under_load(client: Client, token: str) -> AsyncIterator[list[Any]]:
    """During the block, several clients query without a pause. Yields the answers, which must be the same."""
    answers: list[Any] = []
    done = asyncio.Event()

    async def query() -> None:
        while not done.is_set():
            answers.append(await client.answer(SERVICES, token))

    readers = [asyncio.create_task(query()) for _ in range(READERS)]
    try:
        await more(answers, 20)
        yield answers
        await more(answers, 20)
    finally:
        done.set()
        await asyncio.gather(*readers)
    assert [answer for answer in answers if "errors" in answer or answer["data"]["services"]["totalCount"] != 6] == []


async def more(answers: Sequence[Any], number: int) -> None:
    """Wait for so many more answers."""
    enough = len(answers) + number
    await until(lambda: len(answers) >= enough)


async def test_a_replica_killed_under_load_fails_no_query(primary_url: str, standby: Standby, tmp_path: Path) -> None:
    async with reading_from(primary_url, standby.url(primary_url), tmp_path) as client:
        token = await client.sign_in(ADA)
        async with under_load(client, token) as answers:
            await asyncio.to_thread(standby.kill)
            await until_state(client, ReplicaState.AWAY)
            await more(answers, 20)
            await asyncio.to_thread(standby.start)
            await until(replica_of(client).is_proven)
            reads = replica_of(client).reads
            await until(lambda: replica_of(client).reads > reads + 20)


async def test_a_replica_that_hangs_fails_no_query(primary_url: str, standby: Standby, tmp_path: Path) -> None:
    """Its connections stay open, and it never answers: statements that wait for it are read again elsewhere."""
    async with reading_from(primary_url, standby.url(primary_url), tmp_path) as client:
        token = await client.sign_in(ADA)
        async with under_load(client, token) as answers:
            await asyncio.to_thread(standby.freeze)
            await until_state(client, ReplicaState.AWAY)
            await more(answers, 20)
            await asyncio.to_thread(standby.thaw)
            await until(replica_of(client).is_proven)


async def test_changes_go_on_while_a_replica_hangs(primary_url: str, standby: Standby, tmp_path: Path) -> None:
    async with reading_from(primary_url, standby.url(primary_url), tmp_path) as client:
        await asyncio.to_thread(standby.freeze)
        await client.data(SERVICES, await client.sign_in(ADA))
        await asyncio.to_thread(standby.thaw)


async def test_of_two_replicas_the_other_goes_on(
    primary_url: str, standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    urls = f"{standby.url(primary_url)}, {shared_url}"
    async with reading_from(primary_url, urls, tmp_path, read_lag=5) as client:
        token = await client.sign_in(ADA)
        first, second = replicas_of(client).all
        for _ in range(10):
            await client.data(SERVICES, token)
        assert first.reads == second.reads == 5
        await asyncio.to_thread(standby.kill)
        await until(lambda: first.state is ReplicaState.AWAY)
        for _ in range(10):
            await client.data(SERVICES, token)
        assert second.reads == 15


async def test_a_promoted_replica_is_left_out(
    primary_url: str, standby: Standby, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading_from(primary_url, standby.url(primary_url), tmp_path) as client:
        token = await client.sign_in(ADA)
        async with under_load(client, token):
            await asyncio.to_thread(standby.promote)
            await until_state(client, ReplicaState.PROMOTED)
            await until(lambda: not replica_of(client).is_proven())
        reads = replica_of(client).reads
        await client.data(SERVICES, token)
        assert replica_of(client).reads == reads
        assert "it isn't in recovery" in caplog.text


async def test_an_address_of_several_servers_is_not_read_from(
    primary_url: str, primary_server: str, standby: Standby, shared_standby: Standby, tmp_path: Path
) -> None:
    """A proxy that spreads connections would make the proof about one server an excuse for another."""
    link = standby.socket_folder.parent / "address"
    link.symlink_to(standby.socket_folder)
    url = standby.url(primary_url).replace(str(standby.socket_folder), str(link))
    async with reading_from(primary_url, url, tmp_path, read_lag=10) as client:
        token = await client.sign_in(ADA)
        replica = replica_of(client)
        # From now on, new connections lead to the other server.
        link.unlink()
        link.symlink_to(shared_standby.socket_folder)
        replica.pool.drop()
        await client.data(SERVICES, token)
        assert replica.retries == replicas_of(client).primary_reads == 1


async def test_a_replica_of_a_replica_may_be_read_from(
    primary_url: str, standby: Standby, folder: Path, tmp_path: Path
) -> None:
    with standby_of(standby.server_url, folder / "cascaded") as cascaded:
        cascaded.until_replayed(primary_url)
        async with reading_from(primary_url, cascaded.url(primary_url), tmp_path, read_lag=10) as client:
            await client.data(SERVICES, await client.sign_in(ADA))
            assert replica_of(client).reads == 1
