"""Server processes that are killed, restarted and started while the primary is away."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.bad_days.readiness import until_logged
from tests.support.bad_days.server_processes import server_processes, until_ended
from tests.support.replicas.standby import Standby
from tests.support.server_process import PROGRAM, Server, process

LONG_WATCH = f"import app.database.replication.handover as handover; handover.WATCH_SECONDS = 600; {PROGRAM}"
"""A busy machine may take a minute to start a server."""

REFUSING = f"""
import app.cli.opening as opening
from app.settings import SettingsError

async def refuse(settings):
    raise SettingsError("The database is that of another Portico.")

opening.upgrade_database = refuse
{LONG_WATCH}
"""
"""A start on the primary is refused."""

SERVICES = "{ services { totalCount } }"
SIGN_OUT = "mutation { signOut { errors { code } } }"


class Outage:
    """A primary that can be killed, and the servers on it."""

    def __init__(self, primary_url: str, promoted: Standby, replica: Standby, folder: Path) -> None:
        self.primary, self.folder, self._url = promoted, folder, promoted.url(primary_url)
        self._settings = {
            "PORTICO_READ_DATABASE_URL": replica.url(primary_url),
            "PORTICO_READ_WITHOUT_PRIMARY": "PT1H",
        }
        self.headers: Mapping[str, str] = {}

    @asynccontextmanager
    async def server(self, *options: str, program: str = PROGRAM) -> AsyncIterator[Server]:
        async with process(self._url, self.folder, *options, settings=self._settings, program=program) as server:
            yield server

    async def sign_in(self, server: Server) -> None:
        self.headers = {"Authorization": f"Bearer {await server.token()}", "Connection": "close"}

    async def ask(self, server: Server, query: str) -> str:
        """The text of the answer, on a connection of its own, which any worker may get."""
        return (await server.http.post("/graphql", json={"query": query}, headers=self.headers)).text

    async def reads(self, server: Server, times: int = 20) -> None:
        """Check that whichever process answers can read."""
        for _ in range(times):
            assert '"totalCount":6' in (answer := await self.ask(server, SERVICES)), answer

    async def begin(self, server: Server, workers: int = 0) -> None:
        """Kill the primary, and wait until each worker reads without it."""
        await asyncio.to_thread(self.primary.kill)
        for name in [f"w{number} " for number in range(1, workers + 1)] or [""]:
            await until_logged(server, rf"{name}portico.replicas .* is in use alone")
        assert "Nothing can be changed at the moment" in await self.ask(server, SIGN_OUT)

    async def end(self, server: Server) -> None:
        """Start the primary, wait until all processes have it, and sign out."""
        await asyncio.to_thread(self.primary.start)
        async with asyncio.timeout(120):
            for _ in range(20):
                while (await server.http.get("/readyz", headers=self.headers)).json()["status"] != "ok":
                    await asyncio.sleep(0.1)
        assert '"errors":[]' in await self.ask(server, SIGN_OUT)
        assert '"viewer":null' in await self.ask(server, "{ viewer { user { id } } }")


@pytest.fixture
def outage(primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path) -> Outage:
    return Outage(primary_url, promoted, replica, tmp_path)


async def test_workers_that_are_killed_and_restarted_come_back(outage: Outage) -> None:
    async with outage.server("--workers", "2") as server:
        await outage.sign_in(server)
        await outage.reads(server)
        await outage.begin(server, workers=2)
        former = server_processes(server)
        os.kill(former[0].pid, signal.SIGKILL)
        await until_logged(server, r"Worker \d \(process \d+\) is ready", 3)
        await outage.reads(server)
        os.kill(server.process.pid, signal.SIGHUP)
        await until_logged(server, r"All workers have been restarted")
        await until_ended(former)
        await outage.reads(server)
        body = (await server.http.get("/readyz", headers=outage.headers)).json()
        assert (body["status"], body["readsOnly"]["startedMeanwhile"]) == ("reads only", True)
        await outage.end(server)
        assert not (outage.folder / "primary-outage").exists()


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "workers"])
async def test_a_server_that_is_killed_starts_again(outage: Outage, options: tuple[str, ...]) -> None:
    async with outage.server(*options) as server:
        await outage.sign_in(server)
        await outage.reads(server)
        await outage.begin(server, workers=2 if options else 0)
        processes = server_processes(server)
        server.process.kill()
        await server.process.wait()
        await until_ended(processes)
    # The watch of the workers is as long as they think: they are other processes, started at once.
    async with outage.server(*options, program=LONG_WATCH) as server:
        await outage.reads(server)
        assert "Nothing can be changed at the moment" in await outage.ask(server, SIGN_OUT)
        await outage.end(server)
        await until_logged(server, r"The primary is back: the database has been checked as at a start")


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "workers"])
async def test_what_would_have_refused_the_start_ends_the_server_when_the_primary_is_back(
    outage: Outage, options: tuple[str, ...]
) -> None:
    async with outage.server() as server:
        await outage.sign_in(server)
        await outage.reads(server, 3)
        await outage.begin(server)
    async with outage.server(*options, program=REFUSING) as server:
        await outage.reads(server)
        await asyncio.to_thread(outage.primary.start)
        async with asyncio.timeout(120):
            assert await server.process.wait() == 1
        assert "portico: The database is that of another Portico." in server.log.read_text()


async def test_a_worker_that_cannot_take_over_takes_no_queries_from_the_others(outage: Outage) -> None:
    """One that starts then couldn't answer them."""
    (outage.folder / "primary-outage").mkdir()
    async with outage.server("--workers", "2") as server:
        await outage.sign_in(server)
        await outage.reads(server)
        await outage.begin(server, workers=2)
        await until_logged(server, r"primary-outage can't be written \(Is a directory\)")
        os.kill(server_processes(server)[0].pid, signal.SIGKILL)
        await until_logged(
            server, r"can't be reached \(\w+\), so this process doesn't start: .* it isn't a regular file"
        )
        await until_logged(server, r"Worker \d did not start; the next attempt is in")
        await outage.reads(server)
        await asyncio.to_thread(outage.primary.start)
        os.kill(server.process.pid, signal.SIGHUP)  # tries at once
        await until_logged(server, r"Worker \d \(process \d+\) is ready", 3)
        await outage.reads(server)
