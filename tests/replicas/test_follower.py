"""What is proven of a replica, and for how long that holds."""

from pathlib import Path

import asyncpg
import pytest

from app.database.pools import normalize_url
from app.database.replication import clock
from app.database.replication.replicas import Replicas
from tests.support.databases import execute
from tests.support.replicas.standby import Standby
from tests.support.replicas.two_servers import reading_from, replica_of, replicas_of, until

ADA = "ada@acme.example"


async def test_a_proof_ends_with_the_session_through_which_it_was_made(
    primary_url: str, shared_url: str, tmp_path: Path
) -> None:
    """A crash of PostgreSQL ends all sessions; it then begins with what it had written to disk."""
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        replica = replica_of(client)
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portico replication'"
        await execute(normalize_url(shared_url), ends)
        await until(lambda: not replica.is_proven())
        assert replicas_of(client).choose() is None
        # A new session is a new proof.
        await until(replica.is_proven)


async def test_a_proof_ends_with_the_lease(
    primary_url: str, shared_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        replica, later = replica_of(client), clock.now() + 10
        monkeypatch.setattr("app.database.replication.replica.now", lambda: later)
        proven = replica.is_proven()
        monkeypatch.undo()
        assert not proven


async def test_the_lease_is_in_the_database_before_the_replica_is_read_from(
    primary_url: str, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        assert (await leases(replicas_of(client))).keys() == {replica_of(client).instance}


async def leases(replicas: Replicas) -> dict[str, float]:
    return (await replicas.primary.changed()).leases


async def test_a_session_that_changes_its_instance_is_no_replica_any_more(
    primary_url: str, standby: Standby, tmp_path: Path
) -> None:
    async with reading_from(primary_url, standby.url(primary_url), tmp_path) as client:
        replica, before = replica_of(client), replica_of(client).instance
        standby.kill()
        await until(lambda: not replica.is_proven())
        standby.start()
        await until(replica.is_proven)
        assert replica.instance != before


async def test_the_position_covers_what_was_committed(primary_url: str, shared_url: str, tmp_path: Path) -> None:
    """Whatever the last record of the WAL is, a replica replays up to it."""
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        connection = await asyncpg.connect(normalize_url(primary_url))
        try:
            for length in range(0, 4000, 160):
                await connection.execute(f"SELECT pg_logical_emit_message(true, 'a test', repeat('x', {length}))")
                changed = await replicas_of(client).primary.changed()
                await replica_of(client).wait_until_replayed(changed.position)
        finally:
            await connection.close()
