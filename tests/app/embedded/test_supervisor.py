"""An embedded server that dies is started again by one of the processes that use it. `/readyz` says so meanwhile."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from app import embedded
from app.embedded import cluster, supervisor
from app.embedded.binaries import find
from app.embedded.cluster import Cluster
from app.embedded.errors import EmbeddedError
from app.embedded.locks import Locks
from app.embedded.postmaster import Postmaster, find_postmaster
from app.embedded.supervisor import LONGEST_PAUSE, Supervisor
from tests.support.embedded_server import QUICK, answers, ask, eventually, holder, is_down, server, url_of, watchers
from tests.support.server_process import Server, process


def kill_server(data_dir: Path) -> Postmaster:
    """Kill the server's first process, and wait until it is gone."""
    killed = server(data_dir)
    os.kill(killed.pid, signal.SIGKILL)
    assert eventually(lambda: find_postmaster(data_dir / "postgres") != killed)
    return killed


def servers(data_dir: Path) -> list[int]:
    """The first processes of servers in `data_dir`."""
    folder = (data_dir / "postgres").resolve()
    # A process that ends meanwhile, or that nobody has waited for yet, has no folder: the value is None.
    processes = psutil.process_iter(["name", "cwd", "ppid"], ad_value=None)
    ours = {
        candidate.pid: candidate.info["ppid"]
        for candidate in processes
        if candidate.info["name"] == "postgres" and candidate.info["cwd"] == str(folder)
    }
    return [pid for pid, parent in ours.items() if parent not in ours]


def test_a_killed_server_is_started_again_without_another_process(home: Path) -> None:
    with embedded.running(home / "data", QUICK) as url:
        asyncio.run(ask(url, "CREATE TABLE kept AS SELECT 'still here' AS words"))
        for _ in range(2):
            killed = kill_server(home / "data")
            assert eventually(lambda: answers(url))
            assert server(home / "data") != killed
            assert eventually(lambda: not embedded.is_restarting())
        assert asyncio.run(ask(url, "SELECT words FROM kept")) == "still here"
    assert is_down(home / "data")
    assert eventually(lambda: not watchers(home / "data"))


def test_of_several_processes_one_starts_it_and_the_last_still_stops_it(home: Path) -> None:
    data_dir = home / "data"
    with holder(data_dir) as first, holder(data_dir) as second, embedded.running(data_dir, QUICK) as url:
        assert url_of(first) == url_of(second) == url
        kill_server(data_dir)
        assert eventually(lambda: answers(url))
        again = server(data_dir)
        assert eventually(lambda: not embedded.is_restarting())
        assert servers(data_dir) == [again.pid]
        assert len(watchers(data_dir)) == 1
        first.communicate("\n", timeout=60)
        second.communicate("\n", timeout=60)
        assert server(data_dir) == again
    assert is_down(data_dir)


def test_a_process_that_outlives_its_server_does_not_prevent_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ORPHAN_SECONDS", 1)
    with embedded.running(home / "data", QUICK) as url:
        killed = server(home / "data")
        psutil.Process(killed.pid).children()[0].suspend()
        kill_server(home / "data")
        assert eventually(lambda: answers(url))


class Waits:
    """Stands in for the event that ends a supervisor: no time passes, and after some waits it ends."""

    def __init__(self, number: int) -> None:
        self.left, self.seconds = number, list[float]()

    def wait(self, seconds: float) -> bool:
        self.left -= 1
        self.seconds.append(seconds)
        return self.left < 0

    def is_set(self) -> bool:
        return self.left < 0


@pytest.fixture
def never_starts(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """The supervisor of a server that can't be started."""

    def fail(*_: object) -> None:
        raise EmbeddedError("the disk is full")

    monkeypatch.setattr(supervisor, "find_postmaster", lambda _data: None)
    monkeypatch.setattr(Cluster, "ensure_started", fail)
    monkeypatch.setattr(supervisor, "ensure_watcher", lambda *_: None)
    failing = Cluster(home / "data", find())
    yield Supervisor(failing, Locks(failing.locks), QUICK)
    assert not embedded.is_restarting()


def test_the_pauses_between_starts_grow_up_to_a_limit(
    never_starts: Supervisor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits = Waits(40)
    monkeypatch.setattr(never_starts, "_ended", waits)
    never_starts._run()
    pauses = waits.seconds[1::2]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 < pauses[-1] == LONGEST_PAUSE
    assert "the disk is full" in caplog.text


async def test_readiness_says_so_until_the_server_runs_again(home: Path) -> None:
    async with process(None, home / "data", "--demo") as opened:
        opened.http.headers["Authorization"] = f"Bearer {await opened.token()}"
        killed = await asyncio.to_thread(kill_server, home / "data")
        reasons = [reason async for reason in reasons_until_ready(opened)]
        assert reasons
        assert set(reasons) <= {"away", "restarting"}
        assert server(home / "data") != killed
        answer = await opened.http.post("/graphql", json={"query": "{ services { totalCount } }"})
        assert answer.json()["data"] == {"services": {"totalCount": 6}}
        assert "The embedded PostgreSQL has died" in opened.log.read_text()


async def reasons_until_ready(opened: Server) -> AsyncIterator[str]:
    """What `/readyz` says of the database while it isn't ready."""
    async with asyncio.timeout(60):
        while (ready := await opened.http.get("/readyz")).status_code == 503:
            yield ready.json()["checks"]["database"]
            await asyncio.sleep(0.1)
