"""SIGTERM ends a server in order, even while a statement is being built, which nothing can interrupt."""

import asyncio
from pathlib import Path

import httpx

from tests.support.server import add_demo_world
from tests.support.server_process import PROGRAM, process

ENDLESS = f"""
import itertools, sys
from resolvers.query import statement_cache

def build(*_, **__):
    print("The build has begun.", file=sys.stderr, flush=True)
    for _ in itertools.count():
        pass

statement_cache.build = build
{PROGRAM}
"""


async def test_a_build_that_goes_on_does_not_keep_the_server_from_ending(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path, program=ENDLESS) as server:
        body = {"query": "{ services { totalCount } }"}
        headers = {"Authorization": f"Bearer {await server.token()}"}
        reading = asyncio.create_task(server.http.post("/graphql", json=body, headers=headers))
        while "The build has begun." not in server.log.read_text():
            await asyncio.sleep(0.01)
        server.process.terminate()
        # The last resort, which cuts everything off, would be 1.
        assert await server.process.wait() == 0
        await asyncio.gather(reading, return_exceptions=True)
        assert isinstance(reading.exception(), httpx.TransportError) or reading.result().status_code >= 500
