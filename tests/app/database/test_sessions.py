"""Sessions through a pooler: read-only and the other settings hold there too, or the connection is not used."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from app.database.errors import UnsuitableConnection
from app.database.pools import create_inspection_engine, create_read_pool, create_write_engine
from app.database.sessions import Sessions
from resolvers.driver_connection import DriverConnection
from tests.support.cli import run
from tests.support.pooling.fake_pooler import fake_pooler
from tests.support.pooling.pgbouncer import PROGRAM, pgbouncer
from tests.support.server import serving

Pooler = Callable[[str], AbstractAsyncContextManager[str]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler that shares sessions is found out sooner."""
    monkeypatch.setattr("app.database.sessions.NOTIFICATION_SECONDS", 0.5)


QUERY = {"query": "{ viewer { permissions } }"}


@pytest.fixture(
    params=[
        "rejecting stand-in",
        "dropping stand-in",
        pytest.param("PgBouncer", marks=pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed")),
    ]
)
def pooler(request: pytest.FixtureRequest, database_url: str) -> Pooler:
    """Opens a pooler in a mode, and yields its URL."""
    if "host=/" not in database_url:
        pytest.skip("the poolers of these tests need the socket of the embedded PostgreSQL")
    if request.param == "PgBouncer":
        return lambda mode: pgbouncer(database_url, mode)
    rejects = request.param.startswith("rejecting")
    return lambda mode: fake_pooler(database_url, mode, rejects=rejects)


async def test_reading_connections_are_read_only_behind_a_pooler(pooler: Pooler) -> None:
    async with (
        pooler("session") as url,
        create_read_pool(url, statement_timeout=7) as pool,
        pool.acquire() as first,
        pool.acquire() as second,
    ):
        for connection in (first, second):
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("DELETE FROM organizations")
            assert await connection.fetchval("SHOW statement_timeout") == "7s"
            assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
            assert await connection.fetchval("SHOW jit") == "off"


async def test_writing_and_inspecting_connections_keep_their_settings_behind_a_pooler(pooler: Pooler) -> None:
    async with pooler("session") as url:
        for engine, settings in [
            (
                create_write_engine(url, statement_timeout=7),
                {"statement_timeout": "7s", "transaction_read_only": "off"},
            ),
            (create_inspection_engine(url), {"default_transaction_read_only": "on", "jit": "off"}),
        ]:
            async with engine.connect() as connection:
                for name, value in settings.items():
                    assert (await connection.execute(text(f"SHOW {name}"))).scalar() == value
            await engine.dispose()


async def test_a_server_serves_behind_a_pooler_that_keeps_sessions(pooler: Pooler, tmp_path: Path) -> None:
    async with pooler("session") as url, serving(url, tmp_path) as client:
        assert (await client.http.get("/readyz")).json()["status"] == "ok"
        assert (await client.post(QUERY)).status_code == 200


async def test_a_pooler_that_shares_sessions_is_refused_by_both_kinds(pooler: Pooler) -> None:
    async with pooler("transaction") as url:
        async with create_read_pool(url) as pool:
            for _ in range(3):
                with pytest.raises(UnsuitableConnection, match="pool_mode to session"):
                    await pool.fetchval("SELECT 1")
        engine = create_write_engine(url)
        with pytest.raises(UnsuitableConnection, match="pool_mode to session"):
            await engine.connect()
        await engine.dispose()


async def test_a_server_does_not_serve_behind_a_pooler_that_shares_sessions(
    pooler: Pooler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with pooler("transaction") as url, serving(url, tmp_path) as client:
        ready = await client.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"database": "unsuitable", "migrations": "unknown"}
        answer = await client.post(QUERY, "some-token")
        assert answer.status_code == 503
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAVAILABLE"]
        assert "pooler" not in answer.text
    assert "set its pool_mode to session" in caplog.text


async def test_a_command_says_what_to_change(
    pooler: Pooler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    async with pooler("transaction") as url:
        monkeypatch.setenv("DATABASE_URL", url)
        assert await asyncio.to_thread(run, monkeypatch, "migrate") == 1
    errors = capsys.readouterr().err
    assert "portico: the pooler between Portico and PostgreSQL" in errors
    assert "Traceback" not in errors


class Forgetful(DriverConnection):
    """A connection whose read-only is taken away between two statements."""

    async def fetch(self, query: str, *arguments: object, **more: object) -> list[asyncpg.Record]:
        await self.execute("SET default_transaction_read_only = off")
        rows: list[asyncpg.Record] = await super().fetch(query, *arguments, **more)
        return rows


async def test_a_connection_that_does_not_stay_read_only_is_not_used(database_url: str) -> None:
    sessions = Sessions(database_url, {"default_transaction_read_only": "on"}, connection_class=Forgetful)
    with pytest.raises(UnsuitableConnection, match="keep these settings: default_transaction_read_only"):
        await sessions.open()


@pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed")
async def test_a_session_that_was_used_for_reading_may_write_again(database_url: str) -> None:
    async with pgbouncer(database_url, "session", "server_reset_query =") as url:
        async with create_read_pool(url, max_connections=1) as pool:
            assert await pool.fetchval("SELECT 1") == 1
        engine = create_write_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE written (id int)"))
        await engine.dispose()
