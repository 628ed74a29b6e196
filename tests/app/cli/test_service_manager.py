"""Under a service manager, `portico serve` and `portico worker` say when they are ready, and that they are alive."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.bad_days.server_processes import is_worker
from tests.support.notify_socket import NotifySocket, notify_socket
from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY

PROGRAM = "from app.cli import main; main()"
WATCHDOG_SECONDS = 3
PATIENCE_SECONDS = 120
COMMANDS = {
    "one process": ("serve", "--port", "0"),
    "workers": ("serve", "--port", "0", "--workers", "2"),
    "worker": ("worker",),
}


@asynccontextmanager
async def started(
    database_url: str, folder: Path, *command: str, program: str = PROGRAM
) -> AsyncIterator[tuple[asyncio.subprocess.Process, NotifySocket]]:
    """A process of the command, and the socket to which it says how it is."""
    check_cache.seed(folder)
    with notify_socket(folder / "notify") as manager, (folder / "log").open("wb") as log:
        environment = {
            "DATABASE_URL": database_url,
            "PORTICO_DATA_DIR": str(folder),
            "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
            "PORTICO_READ_CONNECTIONS": "4",
            "PORTICO_WRITE_CONNECTIONS": "6",
            "PATH": os.environ["PATH"],
            "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000),
        }
        arguments = (sys.executable, "-c", program, *command)
        process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield process, manager
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                await process.wait()


@pytest.mark.parametrize("how", COMMANDS)
async def test_it_says_when_it_is_ready_that_it_is_alive_and_that_it_ends(
    how: str, shared_demo_database_url: str, tmp_path: Path
) -> None:
    async with started(shared_demo_database_url, tmp_path, *COMMANDS[how]) as (process, manager):
        assert set(await manager.until("READY=1")) <= {"WATCHDOG=1"}
        if how != "worker":
            # A thread writes it, so that no reader of the log can delay the server.
            async with asyncio.timeout(PATIENCE_SECONDS):
                while "Portico is at http://" not in (tmp_path / "log").read_text():
                    await asyncio.sleep(0.05)
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # such as checks of the policy, which may end meanwhile
                assert "NOTIFY_SOCKET" not in child.environ()
        for _ in range(3):
            assert await manager.next() == "WATCHDOG=1"

        # It hangs: the watchdog's time passes without a message.
        process.send_signal(signal.SIGSTOP)
        while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
            await asyncio.sleep(0.01)
        manager.drain()
        with pytest.raises(TimeoutError):
            await manager.next(WATCHDOG_SECONDS)
        process.send_signal(signal.SIGCONT)
        assert await manager.next() == "WATCHDOG=1"

        process.send_signal(signal.SIGTERM)
        assert set(await manager.until("STOPPING=1")) <= {"WATCHDOG=1"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.wait() == 0


async def test_a_reload_is_over_when_all_workers_are_replaced(shared_demo_database_url: str, tmp_path: Path) -> None:
    async with started(shared_demo_database_url, tmp_path, *COMMANDS["workers"]) as (process, manager):
        await manager.until("READY=1")
        former = {child.pid for child in workers(process)}
        process.send_signal(signal.SIGHUP)
        await manager.until("RELOADING=1\nMONOTONIC_USEC=")
        assert set(await manager.until("READY=1")) <= {"WATCHDOG=1"}
        now = {child.pid for child in workers(process)}
        assert len(now) == len(former) == 2
        assert now.isdisjoint(former)


def workers(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    return [child for child in psutil.Process(process.pid).children() if is_worker(child)]


ENDLESS_THREAD = f"""
import sys, time
from app.policy import policy_file

def look(*_):
    print("The look has begun.", file=sys.stderr, flush=True)
    time.sleep(3600)

policy_file.file_state = look
{PROGRAM}
"""
"""A thread that doesn't end, as with a file system, a name server or a collector of traces that doesn't respond."""


@pytest.mark.parametrize("how", ["one process", "worker"])
async def test_a_thread_that_goes_on_does_not_keep_the_process_from_ending(
    how: str, shared_demo_database_url: str, tmp_path: Path
) -> None:
    command = COMMANDS[how]
    async with started(shared_demo_database_url, tmp_path, *command, program=ENDLESS_THREAD) as (process, manager):
        await manager.until("READY=1")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "The look has begun." not in (tmp_path / "log").read_text():
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            # The last resort, which cuts everything off, would be 1.
            assert await process.wait() == 0
