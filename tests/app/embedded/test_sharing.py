"""The embedded PostgreSQL: shared by processes, gone after the last of them, and back after any crash."""

import asyncio
import os
import shutil
import signal
import stat
from pathlib import Path

import asyncpg
import pytest

from app import embedded
from app.embedded.cluster import SOCKET_NAME, SOCKET_PATH_BYTES
from app.embedded.postmaster import UNUSED_PID, discard_stale_pid
from tests.support.embedded_server import QUICK, answers, ask, eventually, holder, is_down, server, url_of, watchers

AS_ROOT = os.geteuid() == 0


def test_the_server_runs_during_the_block_and_the_data_is_kept(home: Path) -> None:
    with embedded.running(home / "data", QUICK) as url:
        asyncio.run(ask(url, "CREATE TABLE kept AS SELECT 'still here' AS words"))
        assert not is_down(home / "data")
    assert not answers(url)
    assert is_down(home / "data")
    with embedded.running(home / "data", QUICK) as url:
        assert asyncio.run(ask(url, "SELECT words FROM kept")) == "still here"
    assert eventually(lambda: not watchers(home / "data"))


def test_two_processes_share_one_server_and_the_last_stops_it(home: Path) -> None:
    data_dir = home / "data"
    with holder(data_dir) as first, holder(data_dir) as second:
        assert url_of(first) == url_of(second)
        running = server(data_dir)
        assert len(watchers(data_dir)) == 1
        first.communicate("\n", timeout=60)
        assert server(data_dir) == running
        second.communicate("\n", timeout=60)
        assert is_down(data_dir)


def test_a_server_does_not_outlive_killed_holders(home: Path) -> None:
    data_dir = home / "data"
    with holder(data_dir) as first, holder(data_dir) as second:
        url = url_of(first)
        url_of(second)
        first.kill()
        first.wait()
        assert answers(url)
        second.kill()
        second.wait()
        assert eventually(lambda: is_down(data_dir))
        assert eventually(lambda: not watchers(data_dir))
    with embedded.running(data_dir, QUICK) as url:
        assert answers(url)


def test_a_killed_watcher_is_replaced_by_the_next_holder(home: Path) -> None:
    data_dir = home / "data"
    with embedded.running(data_dir, QUICK), holder(data_dir) as other:
        url_of(other)
        (watcher,) = watchers(data_dir)
        watcher.kill()
        assert eventually(lambda: not watchers(data_dir))
        other.communicate("\n", timeout=60)
        with embedded.running(data_dir, QUICK):
            assert eventually(lambda: len(watchers(data_dir)) == 1)


def test_a_killed_server_starts_again(home: Path) -> None:
    data_dir = home / "data"
    with holder(data_dir) as other:
        url = url_of(other)
        os.kill(server(data_dir).pid, signal.SIGKILL)
        assert eventually(lambda: is_down(data_dir))
        with embedded.running(data_dir, QUICK) as again:
            assert again == url
            assert answers(url)


def test_a_left_over_pid_file_of_another_program_is_not_a_server(home: Path) -> None:
    left_over = home / "data" / "postgres" / "postmaster.pid"
    left_over.write_text(f"{os.getpid()}\n{left_over.parent}\n1700000000\n5432\n{left_over.parent}\n\n 1 1\nready   \n")
    if AS_ROOT:
        shutil.chown(left_over, left_over.parent.stat().st_uid)
    assert is_down(home / "data")
    with embedded.running(home / "data", QUICK) as url:
        assert answers(url)


@pytest.mark.parametrize(("before", "after"), [("", None), ("nonsense", None), ("1\nx\ny", f"{UNUSED_PID}\nx\ny\n")])
def test_discarding_a_stale_pid_keeps_the_rest_of_the_file(tmp_path: Path, before: str, after: str | None) -> None:
    file = tmp_path / "postmaster.pid"
    file.write_text(before)
    discard_stale_pid(tmp_path)
    assert (file.read_text() if file.exists() else None) == after


def test_an_interrupted_setup_starts_over(home: Path) -> None:
    (home / "data" / "postgres").rename(home / "data" / "postgres.unfinished")
    with embedded.running(home / "data", QUICK) as url:
        assert answers(url)


def test_a_data_folder_with_a_long_path_and_strange_characters(home: Path) -> None:
    data_dir = home / ("long and 'strange' €%" + "x" * SOCKET_PATH_BYTES)
    with embedded.running(data_dir, QUICK) as url:
        assert answers(url)
        folder = server(data_dir).socket_folder
        assert len(str(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shutil.rmtree(folder)


def test_ctrl_c_in_a_terminal_does_not_reach_the_server(home: Path) -> None:
    data_dir = home / "data"
    with embedded.running(data_dir, QUICK):
        (watcher,) = watchers(data_dir)
        for pid in (server(data_dir).pid, watcher.pid):
            assert os.getsid(pid) != os.getsid(0)
            assert os.getpgid(pid) != os.getpgid(0)


async def test_starting_does_not_block_the_event_loop(home: Path) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with embedded.running_async(home / "data", QUICK) as url:
        ticking.cancel()
        connection = await asyncpg.connect(url)
        await connection.close()
    assert ticks > 10


def test_another_major_version_is_rejected_with_advice(home: Path) -> None:
    (home / "data" / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(embedded.EmbeddedError, match="PostgreSQL 15, but this is 18"):
        embedded.running(home / "data", QUICK).__enter__()
