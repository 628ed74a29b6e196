"""`portico serve` ends within seconds of SIGTERM, whatever its clients and the reader of its log do."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from app.cli.serving import allow_open_files
from benchmarks.servers import free_port
from tests.support.http.raw_client import get, post
from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY

LONGEST_LINE = "/" + "a" * 400


@asynccontextmanager
async def serving_unread(database_url: str, folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A server, and its port. Its standard output and standard error are one small pipe that nobody reads."""
    check_cache.seed(folder)
    port, (read_end, write_end) = free_port(), os.pipe()
    environment = {
        "DATABASE_URL": database_url,
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
        "PATH": os.environ["PATH"],
    }
    command = (sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=write_end, stderr=write_end
    )
    os.close(write_end)
    try:
        await until_ready(process, port)
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(read_end)


async def until_ready(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(90), httpx.AsyncClient() as http:
        while True:
            assert process.returncode is None
            try:
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def connect(port: int, sent: bytes, stalled: bool = False) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    if stalled:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(sent)
    return writer


async def test_a_log_that_nobody_reads_stops_neither_requests_nor_the_end(database_url: str, tmp_path: Path) -> None:
    async with serving_unread(database_url, tmp_path) as (process, port), httpx.AsyncClient(timeout=20) as http:
        # The pipe holds 64 KiB, so some 150 of these lines fill it.
        for _ in range(1_000):
            assert (await http.get(f"http://127.0.0.1:{port}{LONGEST_LINE}")).status_code == 404
        assert (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        clients = [
            await connect(port, b""),
            await connect(port, b"GET / HT"),
            await connect(port, post("/graphql", b"x" * 100, "Content-Type: application/json") + b"x"),
            await connect(port, get("/assets/page.css") * 100, stalled=True),
        ]
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await process.wait()
        for writer in clients:
            writer.transport.abort()
        # Not the last resort, which exits with 1.
        assert process.returncode in (0, -signal.SIGTERM)


def test_the_limit_of_open_files_is_raised_and_never_lowered(monkeypatch: object) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        allow_open_files(1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 10, before[1]))
        allow_open_files(before[0] - 5)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[0] - 5, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
