"""The clock of a machine is wrong by an hour: its sessions and access tokens are good on all machines, and end when
they should. The database's clock is the one that counts.

It takes `libfaketime` (Debian: `apt-get install faketime`); without it, the check is skipped, with `CI` set, it fails.
"""

import asyncio
import os
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from models import Scope
from resolvers.identity.hashing import new_client_secret
from tests.support.oauth import GRANT, SERVICES
from tests.support.resolver_fixtures import acme, client_of, organization_of
from tests.support.server_process import Server, process

OFFSETS = {"right": None, "ahead of": "+1h", "behind": "-1h"}


def library() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("libfaketime isn't installed")
    return str(found[0])


def wrong_clock(offset: str | None) -> dict[str, str]:
    """The environment of a machine whose clock is wrong."""
    if offset is None:
        return {}
    return {"LD_PRELOAD": library(), "FAKETIME": offset}


async def until_noticed(server: Server, direction: str) -> None:
    line = re.compile(rf"The clock of this machine is 3[56]\d\d seconds {direction} that of the database")
    async with asyncio.timeout(300):
        while not line.search(server.log.read_text()):
            await asyncio.sleep(0.1)


async def access_token(server: Server, credentials: tuple[str, str]) -> str:
    answer = await server.http.post("/oauth2/token", data=GRANT, auth=credentials)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def services(server: Server, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await server.http.post("/graphql", json={"query": SERVICES}, headers=headers)


@pytest.mark.timeout(1800)
async def test_a_clock_is_wrong_by_an_hour(demo_database_url: str, tmp_path: Path) -> None:
    secret = new_client_secret(organization_of("ada@acme.example"))
    async with acme(demo_database_url) as world:
        client = await client_of(world, "ada@acme.example", Scope, secret)
    folders = {name: tmp_path / name.split()[0] for name in OFFSETS}
    for folder in folders.values():
        folder.mkdir()

    def machine(name: str) -> AbstractAsyncContextManager[Server]:
        return process(demo_database_url, folders[name], settings=wrong_clock(OFFSETS[name]))

    async with machine("right") as right, machine("ahead of") as ahead, machine("behind") as behind:
        machines = [right, ahead, behind]
        await until_noticed(ahead, "ahead of")
        await until_noticed(behind, "behind")
        for issuer in machines:
            for token in (await issuer.token(), await access_token(issuer, (f"cli_{client}", secret))):
                for other in machines:
                    answer = await services(other, token)
                    assert answer.status_code == 200, answer.text
                    assert answer.json()["data"] == {"services": {"totalCount": 6}}
        # What has ended by the database's clock has ended everywhere.
        session = await right.token()
        async with acme(demo_database_url) as world, world.engine.begin() as connection:
            await connection.execute(text("UPDATE sessions SET expires_at = now() - interval '1 second'"))
        for other in machines:
            answer = await services(other, session)
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", answer.text
