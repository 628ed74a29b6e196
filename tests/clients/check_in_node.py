"""Third-party clients against a running server. Only `make test-clients` runs this.

Each `*.test.mjs` beside this file is a test here; `PORTICO_URL` tells it where the server is.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.server_process import Server

FOLDER = Path(__file__).parent
NODE_TESTS = sorted(path.name for path in FOLDER.glob("*.test.mjs"))
SECONDS = 300


@pytest.mark.parametrize("name", NODE_TESTS)
def test_in_node(server: Server, name: str) -> None:
    environment = {**os.environ, "PORTICO_URL": str(server.http.base_url).rstrip("/"), "NO_COLOR": "1"}
    ran = subprocess.run(
        ["node", "--test", "--test-reporter=spec", name],
        cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
