"""When a client hangs up, its query is cancelled in the database, and its connection is free again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app.database.pools import normalize_url
from tests.support.server import add_demo_world
from tests.support.server_process import Server, process

WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE application_name = 'portico reading' AND wait_event_type = 'Lock'
"""


NOTHING = "{ viewer { user { email } } }"


@asynccontextmanager
async def locked_services(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """During the block, every query of services waits."""
    locking = await asyncpg.connect(normalize_url(database_url))
    watching = await asyncpg.connect(normalize_url(database_url))
    async with locking.transaction():
        await locking.execute("LOCK TABLE services IN ACCESS EXCLUSIVE MODE")
        yield watching
    await locking.close()
    await watching.close()


def request(method: str, token: str, server: Server) -> bytes:
    """A query of services, by GET or POST."""
    query = "{ services { nodes { code } } }"
    body = json.dumps({"query": query}).encode() if method == "POST" else b""
    target = "/graphql" if method == "POST" else "/graphql?query=%7Bservices%7Bnodes%7Bcode%7D%7D%7D"
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {server.http.base_url.host}\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def until(watching: asyncpg.Connection, number: int) -> None:
    """Wait until that many queries wait for the lock."""
    while await watching.fetchval(WAITING) != number:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_query_of_a_client_that_hangs_up_is_cancelled(database_url: str, tmp_path: Path, method: str) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path, settings={"PORTICO_READ_TIMEOUT": "PT1H"}) as server:
        token = await server.token()
        # The actor is loaded from the same table, and kept.
        await server.http.post("/graphql", json={"query": NOTHING}, headers={"Authorization": f"Bearer {token}"})
        async with locked_services(database_url) as watching:
            writers = []
            for _ in range(3):
                _, writer = await asyncio.open_connection(server.http.base_url.host, server.http.base_url.port)
                writer.write(request(method, token, server))
                writers.append(writer)
            await until(watching, 3)
            for writer in writers:
                writer.close()
            await until(watching, 0)
        answer = await server.http.post(
            "/graphql",
            json={"query": "{ services { totalCount } }"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.json()["data"] == {"services": {"totalCount": 6}}
        log = server.log.read_text()
        assert "Internal error" not in log
        assert "Traceback" not in log
