"""The server as a process of its own: what only shows over a real connection, and when the database goes away."""

import asyncio
import re
import signal
from pathlib import Path

import asyncpg
import pytest

from app.application import create_application
from app.database.pools import normalize_url
from app.settings import Settings
from authz.policy import PolicyError
from tests.support.server import add_demo_world
from tests.support.server_process import Server, process

QUERY = {"query": "{ services { totalCount } }"}


async def terminate_backends(database_url: str, *, allow_new: bool) -> None:
    """Ends all other connections to this database, and lets new ones in or not."""
    url = normalize_url(database_url)
    server, _, parameters = url.partition("?")
    base, _, name = server.rpartition("/")
    connection = await asyncpg.connect(f"{base}/postgres" + (f"?{parameters}" if parameters else ""))
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'true' if allow_new else 'false'}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
        )
    finally:
        await connection.close()


async def test_the_server_serves_recovers_and_stops(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path) as server:
        token = await server.token()
        server.http.headers["Authorization"] = f"Bearer {token}"
        assert (await server.http.post("/graphql", json=QUERY)).json()["data"] == {"services": {"totalCount": 6}}
        await outage(server, database_url)
        await expect_no_secrets_in_the_log(server, token)
        await expect_graceful_stop(server)


async def outage(server: Server, database_url: str) -> None:
    """While the database lets nobody in, the answer is 503; when it does again, the server answers by itself."""
    await terminate_backends(database_url, allow_new=False)
    try:
        answer = await server.http.post("/graphql", json=QUERY)
        assert answer.status_code == 503
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": answer.headers["x-request-id"]}
        assert (await server.http.get("/readyz")).status_code == 503
        assert (await server.http.get("/healthz")).status_code == 200
    finally:
        await terminate_backends(database_url, allow_new=True)
    answer = await server.http.post("/graphql", json=QUERY)
    assert (answer.status_code, answer.json()["data"]) == (200, {"services": {"totalCount": 6}})
    assert (await server.http.get("/readyz")).status_code == 200


async def expect_no_secrets_in_the_log(server: Server, token: str) -> None:
    await server.http.get("/activate?token=secret-of-a-link", headers={"X-Request-Id": "call-77"})
    async with asyncio.timeout(60):
        # The line is written when the answer has left.
        while not re.search(r"\[call-77\] GET /activate 410", server.log.read_text()):
            await asyncio.sleep(0.02)
    log = server.log.read_text()
    for secret in ("secret-of-a-link", token, "portico-demo"):
        assert secret not in log


async def expect_graceful_stop(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        await server.process.wait()
    assert "Traceback" not in server.log.read_text()


def test_a_bad_policy_is_reported_and_nothing_is_served(tmp_path: Path) -> None:
    policy = tmp_path / "policies.polar"
    policy.write_text('allow(actor: Member, "view", service: Service) if service.nam = "x";\n')
    with pytest.raises(PolicyError, match=r"policies\.polar:1"):
        create_application(Settings(policy=policy, data_dir=tmp_path))
