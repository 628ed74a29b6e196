"""Runs the contenders as processes: one uvicorn each, with uvloop and httptools, on a free port of 127.0.0.1."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

START_SECONDS = 90.0
STOP_SECONDS = 20.0

UVICORN = "-m uvicorn --host 127.0.0.1 --loop uvloop --http httptools --no-access-log --factory"


@dataclass(frozen=True)
class Contender:
    """One way to serve the pages. `command` holds the arguments for `program`, Python; the port is appended. `settings`
    are more variables of its environment."""

    name: str
    command: tuple[str, ...]
    program: str = sys.executable
    settings: tuple[tuple[str, str], ...] = ()


PORTICO = Contender("portico", ("-c", "from app.cli import main; main()", "serve", "--host", "127.0.0.1", "--port"))
ORDINARY = Contender("ordinary", (*UVICORN.split(), "benchmarks.ordinary.application:create_app", "--port"))
CEILING = Contender("ceiling", (*UVICORN.split(), "benchmarks.ceiling:create_app", "--port"))
CONTENDERS = (PORTICO, ORDINARY, CEILING)


@contextmanager
def serving(
    contenders: Sequence[Contender], environment: Mapping[str, str], folder: Path
) -> Iterator[dict[Contender, int]]:
    """Run the servers while the block runs; yield their ports. Their output goes to `<name>.log` in `folder`.

    Raises RuntimeError if a server doesn't start; the message contains the end of its log.
    """
    ports = {contender: free_port() for contender in contenders}
    processes: dict[Contender, subprocess.Popen[bytes]] = {}
    try:
        for contender, port in ports.items():
            processes[contender] = _start(contender, port, environment, folder)
        for contender, process in processes.items():
            _wait_until_up(process, ports[contender], contender, folder)
        yield ports
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            _end(process)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on. It stays free until a process binds it: it is below the ports that
    the system gives to connections (32768 to 60999 on Linux)."""
    while True:
        port = SystemRandom().randint(20_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _start(contender: Contender, port: int, environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{contender.name}.log").open("wb") as log:
        return subprocess.Popen(
            [contender.program, *contender.command, str(port)],
            env={**os.environ, **environment, **dict(contender.settings)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _wait_until_up(process: subprocess.Popen[bytes], port: int, contender: Contender, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if _answers(port):
                return
        except OSError:
            pass
        time.sleep(0.05)
    output = (folder / f"{contender.name}.log").read_text(errors="replace")[-3000:]
    raise RuntimeError(f"{contender.name} did not start:\n{output}")


def _answers(port: int) -> bool:
    """Whether a server answers there. Portico listens before it is ready, and then lets its clients wait."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.settimeout(START_SECONDS)
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return connection.recv(1) == b"H"


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
