"""A supervisor of fake workers (`fake_worker.py`)."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.service_manager import ServiceManager
from app.workers.process import WorkerProgram, environment
from app.workers.supervisor import WorkerSupervisor

Lines = list[tuple[str, int]]
Beside = Callable[[], Coroutine[Any, Any, None]]


class Supervised:
    """A supervisor of fake workers, and what they have written."""

    def __init__(self, folder: Path, listener: socket.socket, workers: int, beside: Sequence[Beside]) -> None:
        self.folder = folder
        self.banners = 0
        program = WorkerProgram("tests.app.workers.fake_worker", listener, (), environment(FOLDER=str(folder)))
        self.supervisor = WorkerSupervisor(program, workers, self._on_ready, ServiceManager(), beside)
        self.running = asyncio.create_task(self.supervisor.run(lambda: None))

    def _on_ready(self) -> None:
        self.banners += 1

    def behave(self, number: str, how: str) -> None:
        (self.folder / number).write_text(how)

    def lines(self, event: str) -> Lines:
        file = self.folder / event
        lines = file.read_text().splitlines() if file.exists() else []
        return [(number, int(pid)) for number, pid in (line.split() for line in lines)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                if self.running.done():
                    self.running.result()
                    raise AssertionError("the supervisor has ended")
                await asyncio.sleep(0.02)

    async def until_ready(self, number: int) -> Lines:
        """The workers that have got ready, once it is so many."""
        await self.until(lambda: len(self.lines("ready")) >= number)
        return self.lines("ready")


@asynccontextmanager
async def supervised(
    folder: Path, workers: int = 2, how: str = "", beside: Sequence[Beside] = ()
) -> AsyncIterator[Supervised]:
    (folder / "all").write_text(how)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Supervised(folder, listener, workers, beside)
        try:
            yield running
        finally:
            if not running.running.done():
                os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(60):
                await asyncio.gather(running.running, return_exceptions=True)
    assert not any(is_running(pid) for _, pid in running.lines("started"))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
