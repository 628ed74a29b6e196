"""The clock of a machine is wrong by an hour, or jumps by one while it serves: its sessions and access tokens are good
on all machines, and end when they should. The database's clock is the one that counts.

It takes `libfaketime` (Debian: `apt-get install faketime`); without it, the check is skipped, with `CI` set, it fails.
"""

import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from models import Scope
from resolvers.identity.hashing import new_client_secret
from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.mails import until_all_sent
from tests.support.bad_days.readiness import until_logged
from tests.support.databases import execute
from tests.support.oauth import GRANT, SERVICES, part
from tests.support.resolver_fixtures import acme, client_of, organization_of
from tests.support.server_process import PROGRAM, Server, process

OFFSETS = {"right": None, "ahead of": "+1h", "behind": "-1h"}

MINUTES = 600
"""The lifetime of an access token, in seconds."""


ATTENTIVE = f"""
import threading, time
time.sleep = lambda seconds: threading.Event().wait(seconds) and None
from app.auth import database_clock
database_clock.MEASURE_SECONDS = 10
{PROGRAM}"""
"""`portico` that compares its clock with the database's every ten seconds instead of every minute. libfaketime 0.9.10
breaks `time.sleep` of Python 3.11 if the clock that nobody sets is left alone: clock_nanosleep() returns EINVAL."""


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


def clock_in(file: Path) -> dict[str, str]:
    """The environment of a machine whose clock is wrong by what is in a file at the moment. The clocks that nobody
    sets go on."""
    file.write_text("+0")
    return {
        "LD_PRELOAD": library(),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def until_noticed(server: Server, direction: str) -> None:
    await until_logged(server, rf"The clock of this machine is 3[56]\d\d seconds {direction} that of the database")


async def access_token(server: Server, credentials: tuple[str, str]) -> str:
    answer = await server.http.post("/oauth2/token", data=GRANT, auth=credentials)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def services(server: Server, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await server.http.post("/graphql", json={"query": SERVICES}, headers=headers)


async def expect_services(server: Server, *tokens: str) -> None:
    for token in tokens:
        answer = await services(server, token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == {"services": {"totalCount": 6}}


async def program(url: str) -> tuple[str, str]:
    """The credentials of a program."""
    secret = new_client_secret(organization_of("ada@acme.example"))
    async with acme(url) as world:
        return f"cli_{await client_of(world, 'ada@acme.example', Scope, secret)}", secret


async def test_a_clock_is_wrong_by_an_hour(demo_database_url: str, tmp_path: Path) -> None:
    credentials, servers = await program(demo_database_url), dict[str, Server]()
    async with AsyncExitStack() as stack:
        for name, offset in OFFSETS.items():
            folder = tmp_path / name.split()[0]
            folder.mkdir()
            machine = process(demo_database_url, folder, settings=wrong_clock(offset))
            servers[name] = await stack.enter_async_context(machine)
        for name in ("ahead of", "behind"):
            await until_noticed(servers[name], name)
        for issuer in servers.values():
            tokens = await issuer.token(), await access_token(issuer, credentials)
            for other in servers.values():
                await expect_services(other, *tokens)
        # What has ended by the database's clock has ended everywhere.
        session = await servers["right"].token()
        await execute(demo_database_url, "UPDATE sessions SET expires_at = now() - interval '1 second'")
        for other in servers.values():
            answer = await services(other, session)
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", answer.text


async def test_a_clock_jumps_by_an_hour(demo_database_url: str, tmp_path: Path) -> None:
    credentials, clock = await program(demo_database_url), tmp_path / "clock"
    settings = {**SETTINGS, **clock_in(clock)}
    async with process(demo_database_url, tmp_path, settings=settings, program=ATTENTIVE) as server:
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        tokens = [await server.token(), await access_token(server, credentials)]
        for jump in ("-1h", "+1h"):
            clock.write_text(jump)
            # At once, long before it is noticed.
            tokens += [await server.token(), await access_token(server, credentials)]
            issued = part(tokens[-1], 1)
            assert abs(issued["iat"] - time.time()) < MINUTES / 2
            assert issued["exp"] - issued["iat"] == MINUTES
            await expect_services(server, *tokens)
            await customers.progress()
        await until_noticed(server, "ahead of")
        await expect_services(server, *tokens)
        await customers.progress()
        await customers.stop()
        await expect_nothing_lost(demo_database_url, customers)
        await until_all_sent(demo_database_url)
        assert customers.failures == {}
        assert "Traceback" not in server.log.read_text()
