"""The server processes of a supervisor."""

import asyncio
from collections.abc import Sequence

import psutil

from tests.support.bad_days.customers import PATIENCE_SECONDS
from tests.support.server_process import Server


def server_processes(server: Server) -> list[psutil.Process]:
    """The workers of a supervisor. It has other children, such as checks of the policy, which may end meanwhile."""
    return [child for child in psutil.Process(server.process.pid).children() if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return "app.cli.serving_worker" in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


async def until_ended(processes: Sequence[psutil.Process]) -> None:
    """Wait until none of the processes runs any more. They aren't this one's children."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(map(has_ended, processes)):
            await asyncio.sleep(0.05)


def has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
