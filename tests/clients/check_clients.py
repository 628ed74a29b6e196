"""Clients that others wrote, against a running server: `make test-clients` runs this, and nothing else does.

The server is a real one with the example world, in a folder of its own. Each `*.test.mjs` beside this file is a test
here; `PORTICO_URL` tells it where the server is.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.app.test_server import Server, process
from tests.embedded_server import public_folder

FOLDER = Path(__file__).parent
NODE_TESTS = sorted(path.name for path in FOLDER.glob("*.test.mjs"))
SECONDS = 300


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    """`portico serve --demo`, on a free port."""
    folder = public_folder()
    try:
        async with process(None, folder, "--demo") as running:
            yield running
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", NODE_TESTS)
def test_in_node(server: Server, name: str) -> None:
    environment = {**os.environ, "PORTICO_URL": str(server.http.base_url).rstrip("/"), "NO_COLOR": "1"}
    ran = subprocess.run(
        ["node", "--test", "--test-reporter=spec", name],
        cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
