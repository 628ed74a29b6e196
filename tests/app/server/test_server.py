"""A server ends within a limited time, whatever its clients do."""

import asyncio
import logging
import subprocess
import sys

import pytest
from starlette.types import Scope

from tests.support.http.echo_server import Echo, running
from tests.support.http.raw_client import END, get, post, say
from tests.support.paths import ROOT


async def test_clients_that_keep_the_server_waiting_do_not_keep_it_from_ending(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    async with running(application := Echo()) as server:
        writers = []
        for sent in (b"", b"GET / HT", post("/a", b"abc") + b"a", get("/b") + b"GET / HT"):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(sent)
            writers.append(writer)
        async with asyncio.timeout(60):
            while server.connections < len(writers) or not application.requests:
                await asyncio.sleep(0.01)
    # No request was cancelled: those that had not arrived were disconnected before.
    assert [path for _, path, _ in application.requests] == ["/b"]
    assert caplog.messages == []
    for writer in writers:
        writer.transport.abort()


async def test_a_request_in_progress_is_answered_and_closes_its_connection() -> None:
    release = asyncio.Event()

    async def wait(_scope: Scope) -> None:
        await release.wait()

    application = Echo(before=wait)
    async with running(application) as server:
        saying = asyncio.create_task(say(server.port, get("/a") + END))
        async with asyncio.timeout(60):
            while not application.requests:
                await asyncio.sleep(0.01)
        server.server.should_exit = True
        while not server.server.server_state.connections or server.server.servers[0].is_serving():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        release.set()
        said = await saying
    assert (said.statuses, b"connection: close" in said.text) == ([200], True)
    assert [path for _, path, _ in application.requests] == ["/a"]


def test_the_last_resort_ends_the_process() -> None:
    program = "from app.server.server import end_process_within\nimport time\nend_process_within(0.1)\ntime.sleep(120)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode == 1


STANDS_STILL = """
import os, signal
from app.server import server
from app.server.server import Server, ServerConfig
from app.settings import Settings

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

def stand_still():
    os.kill(os.getpid(), signal.SIGTERM)
    while True:
        pass

server.END_SECONDS = 0.5
settings = Settings(port=0)
config = ServerConfig(application, settings)
config.port = 0
Server(config, stand_still).run()
"""


def test_a_server_whose_event_loop_stands_still_ends_after_a_signal() -> None:
    assert subprocess.run([sys.executable, "-c", STANDS_STILL], cwd=ROOT, timeout=60, check=False).returncode == 1
