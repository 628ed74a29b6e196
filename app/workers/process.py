"""One worker, as the supervisor sees it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.workers.channel import ALIVE, DRAIN, POLICY, READY, Channel

ROOT: Final = Path(__file__).resolve().parents[2]

_SIGNALS: Final = {number.value: number.name for number in signal.Signals}
"""The names of signals. Of the real-time ones, only the first and the last have one (signal(7))."""


@dataclass(frozen=True)
class WorkerProgram:
    """How workers are started: the Python module that each runs, the socket that they share, the sockets on which
    Prometheus asks each of them, if it does, and their environment."""

    module: str
    listener: socket.socket
    metrics: Sequence[socket.socket]
    environment: Mapping[str, str]

    def command(self, number: int, channel: int) -> Sequence[str]:
        """The command of the worker with this number, whose end of the channel has this descriptor."""
        # -P, because a folder called `app` in the working folder is not ours.
        return (sys.executable, "-P", "-m", self.module, str(number), *map(str, self.descriptors(number, channel)))

    def descriptors(self, number: int, channel: int) -> Sequence[int]:
        """The descriptors that the worker inherits: of the listener, the channel, and the metrics, if there are any."""
        return (self.listener.fileno(), channel, *(own.fileno() for own in self.metrics[number - 1 : number]))


class WorkerProcess:
    """A worker that was started. `silent` is how many times the supervisor has looked since it last heard of it."""

    def __init__(self, number: int, process: asyncio.subprocess.Process, channel: Channel) -> None:
        self.number, self._process, self._channel = number, process, channel
        self.silent = 0
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(
        cls, program: WorkerProgram, number: int, on_policy: Callable[["WorkerProcess"], None]
    ) -> "WorkerProcess":
        """Starts the worker with this number. `on_policy` is called with it when it has looked at a new policy file.
        Raises OSError."""
        ours, theirs = socket.socketpair()
        with ExitStack() as if_it_fails, theirs:
            if_it_fails.callback(ours.close)
            process = await asyncio.create_subprocess_exec(
                *program.command(number, theirs.fileno()),
                env={**program.environment, "PYTHONPATH": _python_path(program.environment)},
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=program.descriptors(number, theirs.fileno()),
                start_new_session=True,  # Ctrl-C in a terminal is for the supervisor alone
            )
            if_it_fails.pop_all()
        ours.setblocking(False)
        worker = cls(number, process, Channel(ours))
        worker._listen(on_policy)
        return worker

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def __str__(self) -> str:
        return f"worker {self.number} (process {self.pid})"

    def outcome(self) -> str:
        """How an ended process has ended: `exit status 1`, `SIGKILL`, or `signal 40` for one without a name."""
        code = self._process.returncode
        if code is None or code >= 0:
            return f"exit status {code}"
        return _SIGNALS.get(-code, f"signal {-code}")

    async def is_ready_within(self, seconds: float) -> bool:
        """Whether it accepts connections before it ends, and within this time."""
        waits = [asyncio.create_task(event.wait()) for event in (self.ready, self.ended)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self.ready.is_set() and not self.ended.is_set()

    def reload_policy(self) -> None:
        """Lets it look at the policy file."""
        self._channel.send(POLICY)

    async def retire(self, seconds: float) -> None:
        """Ends it once its connections have ended, or after this time."""
        self._channel.send(DRAIN)
        await self._has_ended_within(seconds)
        self.kill()
        await self.ended.wait()

    def terminate(self) -> None:
        """Lets it end within seconds."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once."""
        self._signal(signal.SIGKILL)

    async def closed(self) -> None:
        """Waits until the process has ended, and what belongs to it here is closed."""
        await asyncio.gather(*self._tasks)

    async def _has_ended_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def _listen(self, on_policy: Callable[["WorkerProcess"], None]) -> None:
        def heard() -> None:
            self.silent = 0

        handlers = {READY: self.ready.set, ALIVE: heard, POLICY: lambda: on_policy(self)}

        async def wait() -> None:
            await self._process.wait()
            self._channel.close()
            self.ended.set()

        self._tasks = [asyncio.create_task(self._channel.listen(handlers)), asyncio.create_task(wait())]


def _python_path(environment: Mapping[str, str]) -> str:
    """Where Python looks for modules: first for ours, however this process was started."""
    return os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))


def environment(**settings: str) -> Mapping[str, str]:
    """The environment of this process with other settings."""
    return {**os.environ, **settings}
