"""What load balancers are told."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

import migrations
from app import health
from app.database.pools import create_write_engine
from app.health import worker_readiness
from tests.support.server import Client, serving

GONE = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_a_server_with_its_database_is_ready(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        answer = await client.http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "checks": {"database": "ok", "migrations": "ok"},
            "policyVersion": client.backend.policy.version,
            "policyErrors": 0,
            "policyRolledBackAt": None,
            "policyReloads": {"taken": 0, "refused": 0, "lastRefusal": None},
        }


async def test_an_old_database_is_not_ready(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        async with client.backend.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        answer = await client.http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": "ok", "migrations": f"0001, not {migrations.head()}"}


async def test_a_newer_database_is_ready_if_this_version_serves_on_it(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        async with client.backend.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        answer = await client.http.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})
        async with client.backend.engine.begin() as connection:
            floor = "Portico serves on this schema if it has the migration 9998."
            await connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{floor}'"))
        answer = await client.http.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, f"9999, not {migrations.head()}")


async def test_a_server_starts_and_lives_without_its_database(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(GONE, tmp_path) as client:
        assert (await client.http.get("/healthz")).json() == {"status": "ok"}
        ready = await client.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"database": "away", "migrations": "unknown"}
        await expect_unavailable(client)
        assert "nobody@127.0.0.1" not in ready.text


async def test_a_worker_is_ready_if_its_database_takes_changes(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(database_url, tmp_path) as client:
        engine, policy_file = client.backend.engine, client.application.state.policy_file

        async def checks() -> tuple[int, dict[str, str]]:
            response = await worker_readiness(engine, policy_file)
            return response.status_code, json.loads(bytes(response.body))["checks"]

        assert await checks() == (200, {"database": "ok", "migrations": "ok"})
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        assert await checks() == (503, {"database": "ok", "migrations": f"0001, not {migrations.head()}"})
        monkeypatch.setattr(health, "_IS_REPLICA", "SELECT true")
        assert await checks() == (503, {"database": "read-only", "migrations": "unknown"})
        engine = create_write_engine(GONE)
        assert await checks() == (503, {"database": "away", "migrations": "unknown"})
        await engine.dispose()


async def expect_unavailable(client: Client) -> None:
    answer = await client.post({"query": "{ viewer { permissions } }"}, "some-token", **{"X-Request-Id": "call-5"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": "call-5"}
    page = await client.http.get("/activate?token=x")
    assert page.status_code == 503
    assert "Try again in a minute" in page.text
