"""A real server notices that the clients of waiting sign-ins have gone."""

import asyncio
import json
from pathlib import Path

import asyncpg

from app.database.pools import normalize_url
from tests.support.server import SIGN_IN, add_demo_world
from tests.support.server_process import Server, process

ATTEMPTS = 15  # Fewer than one address has places in the queue, so none is refused.


async def leave_at_once(server: Server, number: int) -> None:
    """Send a sign-in, and disconnect once the server has read it."""
    url = server.http.base_url
    variables = {"email": f"user{number}@acme.example", "password": "wrong"}
    body = json.dumps({"query": SIGN_IN, "variables": variables}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head.encode() + body)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()


async def rejected_sign_ins(database_url: str) -> int:
    connection = await asyncpg.connect(normalize_url(database_url))
    try:
        number: int = await connection.fetchval("SELECT count(*) FROM audit_events WHERE kind = 'session.refused'")
        return number
    finally:
        await connection.close()


async def test_sign_ins_whose_clients_have_gone_are_dropped(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path) as server:
        await asyncio.gather(*(leave_at_once(server, number) for number in range(ATTEMPTS)))
        assert await server.token()
        log = server.log.read_text()
        assert "0 requests refused, and 1 whose client disconnected" in log
        assert "Internal error" not in log
        # Only a password that was checked leaves an event.
        assert await rejected_sign_ins(database_url) < ATTEMPTS // 2
