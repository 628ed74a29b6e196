"""The server of the checks: a real one with the demo data, in its own folder."""

import shutil
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.embedded_server import public_folder
from tests.support.server_process import Server, process


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Server]:
    """`portico serve --demo`, on a free port."""
    folder = public_folder()
    try:
        async with process(None, folder, "--demo") as running:
            yield running
    finally:
        shutil.rmtree(folder)
