"""A replica that is behind is left out within the bound, and comes back."""

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from app.database.pools import normalize_url
from app.database.replication.replica import ReplicaState
from app.demo.fixed_ids import named_key
from tests.support.databases import execute
from tests.support.replicas.standby import Standby
from tests.support.replicas.two_servers import LAG, PATIENCE, reading_from, replica_of, replicas_of, until_state
from tests.support.server import Client

ADA, SUE = "ada@acme.example", "sue@acme.example"
ME = "{ viewer { user { email } } }"
SERVICES = "{ services { totalCount } }"
SIGN_OUT = "mutation { signOut { errors { code } } }"
REMOVE = "UPDATE users SET removed_at = now() WHERE email = 'sue@acme.example'"
END_SESSIONS = "DELETE FROM sessions"
REDUCE = f"""UPDATE users SET all_contract_accounts = false, all_delivery_accounts = false
WHERE id = '{named_key(ADA)}'"""


async def test_a_replica_that_does_not_replay_is_left_out_and_comes_back(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        token = await client.sign_in(ADA)
        shared_standby.pause()
        await until_state(client, ReplicaState.LAGGING)
        assert not replica_of(client).is_proven()
        read, elsewhere = replica_of(client).reads, replicas_of(client).primary_reads
        for _ in range(5):
            assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        assert (replica_of(client).reads, replicas_of(client).primary_reads) == (read, elsewhere + 5)
        shared_standby.resume()
        async with asyncio.timeout(PATIENCE):
            # A slow machine may lose the proof again before it reads.
            while replica_of(client).reads == read:
                await client.data(SERVICES, token)


@pytest.mark.parametrize("change", [REMOVE, END_SESSIONS])
async def test_what_was_taken_away_past_the_server_is_gone_after_the_bound(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path, change: str
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        token = await client.sign_in(SUE)
        shared_standby.pause()
        # Read from the replica, which won't know.
        assert (await client.data(ME, token))["viewer"]["user"]["email"] == SUE
        await execute(normalize_url(primary_url), change)
        await asyncio.sleep(LAG)
        assert (await client.data(ME, token))["viewer"] is None


async def test_reduced_access_is_reduced_after_the_bound(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        token = await client.sign_in(ADA)
        shared_standby.pause()
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        await execute(normalize_url(primary_url), REDUCE)
        await asyncio.sleep(LAG)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 0


async def test_an_idle_primary_does_not_make_a_replica_that_does_not_replay_look_current(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    """All that the replica has received is replayed, and yet nothing proves that it receives."""
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        shared_standby.pause()
        await asyncio.sleep(LAG)
        assert not replica_of(client).is_proven()
        assert replicas_of(client).choose() is None


async def test_a_change_waits_for_the_replicas_of_other_servers(
    primary_url: str, shared_url: str, tmp_path: Path
) -> None:
    """Until their leases end: whoever holds one may read from a replica that this server doesn't know."""
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        token = await client.sign_in(SUE)
        connection = await asyncpg.connect(normalize_url(primary_url))
        try:
            lease = "INSERT INTO replica_leases VALUES ($1, 'another', 1, clock_timestamp() + interval '0.7 s')"
            await connection.execute(lease, uuid4())
            assert (await client.data(SIGN_OUT, token))["signOut"]["errors"] == []
            left = "SELECT count(*) FROM replica_leases WHERE replica = 'another' AND ends_at > clock_timestamp()"
            assert await connection.fetchval(left) == 0
        finally:
            await connection.close()


async def test_a_change_does_not_wait_for_a_replica_that_is_left_out(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=1) as client:
        shared_standby.pause()
        await until_state(client, ReplicaState.LAGGING)
        assert (await leases_of(client)) == {}
        await client.sign_in(SUE)


async def leases_of(client: Client) -> dict[str, float]:
    """The leases for which a change would wait, once those that were held have ended."""
    await asyncio.sleep(1)
    return (await replicas_of(client).primary.changed()).leases


async def test_a_replica_of_another_primary_is_never_used(
    primary_url: str, promoted: Standby, shared_url: str, tmp_path: Path
) -> None:
    """It was copied from the same server, is in recovery, and its WAL is ahead; but it follows another primary."""
    url = promoted.url(primary_url)
    async with reading_from(url, shared_url, tmp_path, used=False) as client:
        await execute(normalize_url(primary_url), "CREATE TABLE ahead AS SELECT generate_series(1, 100000)")
        await until_state(client, ReplicaState.LAGGING)
        token = await client.sign_in(ADA)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        assert replica_of(client).reads == 0


async def test_leases_of_killed_servers_are_forgotten(primary_url: str, shared_url: str, tmp_path: Path) -> None:
    old = "INSERT INTO replica_leases VALUES (gen_random_uuid(), 'gone', 1, now() - interval '2 hours')"
    await execute(normalize_url(primary_url), old)
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        assert replica_of(client).is_proven()
        assert await count_leases(primary_url) == 1
    assert await count_leases(primary_url) == 0


async def count_leases(url: str) -> int:
    connection = await asyncpg.connect(normalize_url(url))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM replica_leases"))
    finally:
        await connection.close()
