"""`portico serve --workers 2`: two processes behave like one server, whatever becomes of them."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
import pytest_asyncio

from app.database.pools import normalize_url
from tests.support.server_process import Server, process

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERY = {"query": "{ viewer { organization { name } } }"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with process(shared_demo_database_url, tmp_path_factory.mktemp("workers"), "--workers", "2") as running:
        yield running


def workers(server: Server) -> dict[str, int]:
    """The processes of the workers that run, by number."""
    found = {}
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # it may end meanwhile; a zombie has no command
            command = child.cmdline()
            if "app.cli.serving_worker" in command:
                found[command[command.index("app.cli.serving_worker") + 1]] = child.pid
    return found


async def until(condition: Callable[[], object] | Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(120):
        while True:
            result = condition()
            if await result if isinstance(result, Awaitable) else result:
                return
            await asyncio.sleep(0.1)


def log_of(server: Server) -> str:
    return server.log.read_text()


async def ask(server: Server, token: str, kept: httpx.AsyncClient | None = None) -> str:
    """The name of the caller's organization, read on a connection of its own unless one is kept."""
    # Without TLS, no certificates are needed. To load those of the system takes longer than the read.
    url = server.http.base_url
    async with nullcontext(kept) if kept else httpx.AsyncClient(base_url=url, timeout=20, verify=False) as http:
        answer = await http.post("/graphql", json=QUERY, headers={"Authorization": f"Bearer {token}"})
        name: str = answer.json()["data"]["viewer"]["organization"]["name"]
        return name


class Reader:
    """Reads until it is stopped, on connections that are kept and on new ones, and remembers what failed."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.answers = 0
        self.failures: list[str] = []
        self._stopped = False
        self._tasks = [asyncio.create_task(self._read(kept=number < 2)) for number in range(4)]

    async def _read(self, *, kept: bool) -> None:
        async with httpx.AsyncClient(base_url=self.server.http.base_url, timeout=20) as http:
            while not self._stopped:
                try:
                    assert await ask(self.server, self.token, http if kept else None)
                    self.answers += 1
                except Exception as error:  # noqa: BLE001
                    self.failures.append(repr(error))
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)


async def test_both_workers_answer_and_their_log_lines_tell_which(server: Server) -> None:
    token = await server.token()
    await until(lambda: len(workers(server)) == 2)

    async def both_have_answered() -> bool:
        await asyncio.gather(*(ask(server, token) for _ in range(8)))
        return {"w1", "w2"} <= set(re.findall(r"INFO    (w\d) portico.access", log_of(server)))

    await until(both_have_answered)
    assert log_of(server).count("Portico is at http://") == 1


async def test_one_worker_does_what_one_process_does_for_all(server: Server, shared_demo_database_url: str) -> None:
    connection = await asyncpg.connect(normalize_url(shared_demo_database_url))

    async def number(name: str) -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
        count: int = await connection.fetchval(query, name)
        return count

    try:

        async def all_listen() -> bool:
            return await number("portico policy") == 2

        await until(all_listen)
        assert await number("portico upkeep") == 1
        assert len(re.findall(r"w1 portico\.mail ", log_of(server))) > 0
        assert "w2 portico.mail " not in log_of(server)
    finally:
        await connection.close()


async def test_a_restart_fails_no_request(server: Server) -> None:
    former = workers(server)
    reader = Reader(server, await server.token())
    os.kill(server.process.pid, signal.SIGHUP)
    await until(lambda: "All workers have been restarted." in log_of(server))
    await reader.stop()
    assert reader.failures == []
    assert reader.answers > 0
    now = workers(server)
    assert now.keys() == former.keys()
    assert not set(now.values()) & set(former.values())


async def test_a_worker_that_is_killed_is_replaced_while_the_other_answers(server: Server) -> None:
    token = await server.token()
    former = workers(server)
    os.kill(former["1"], signal.SIGKILL)
    await until(lambda: "(SIGKILL); it starts again in" in log_of(server))
    for _ in range(20):
        assert await ask(server, token) == "ACME Corporation"
    await until(lambda: workers(server).get("1", former["1"]) != former["1"])
    assert workers(server)["2"] == former["2"]


async def test_sigterm_ends_all_of_them(demo_database_url: str, tmp_path: Path) -> None:
    async with process(demo_database_url, tmp_path, "--workers", "2") as server:
        token = await server.token()
        reader = Reader(server, token)
        running = workers(server)
        server.process.terminate()
        async with asyncio.timeout(60):
            assert await server.process.wait() == 0
        await reader.stop()
        assert len(running) == 2
        assert not any(psutil.pid_exists(pid) for pid in running.values())


async def test_more_connections_than_postgresql_allows_are_an_error_at_the_start(
    shared_demo_database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError) as ended:
        async with process(shared_demo_database_url, tmp_path, "--workers", "60"):
            pass
    assert "PORTICO_WORKERS: 60 workers, and one more while they are restarted, open up to 1835 connections" in str(
        ended.value
    )


async def test_one_process_goes_on_after_a_hangup(shared_demo_database_url: str, tmp_path: Path) -> None:
    """`systemctl reload` must not end a server that has nothing to reload."""
    async with process(shared_demo_database_url, tmp_path) as server:
        os.kill(server.process.pid, signal.SIGHUP)
        await until(lambda: "SIGHUP restarts the workers of a server" in log_of(server))
        assert await ask(server, await server.token()) == "ACME Corporation"


async def test_a_start_that_fails_in_every_worker_ends_with_the_reason(
    shared_demo_database_url: str, tmp_path: Path
) -> None:
    policy = tmp_path / "broken.polar"
    policy.write_text("allow(_, _, _) if nothing;")
    with pytest.raises(AssertionError) as ended:
        async with process(
            shared_demo_database_url, tmp_path, "--workers", "2", settings={"PORTICO_POLICY": str(policy)}
        ):
            pass
    text = str(ended.value)
    assert "broken.polar:1" in text
    assert "Portico ends: worker 1 did not start; what it wrote before says why." in text
