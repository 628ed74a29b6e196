"""Runs `portico serve` in another process."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server import SIGN_IN


@dataclass
class Server:
    """A running `portico serve`, and an HTTP client for it."""

    http: httpx.AsyncClient
    process: asyncio.subprocess.Process
    log: Path

    async def token(self) -> str:
        variables = {"email": "ada@acme.example", "password": "portico-demo"}
        answer = await self.http.post("/graphql", json={"query": SIGN_IN, "variables": variables})
        token: str = answer.json()["data"]["signIn"]["token"]
        return token


START_SECONDS = 300
"""How long a server may take to listen. On a machine that does much else, importing its modules takes a minute."""

REQUEST_SECONDS = 60
"""How long a request may take there."""

PROGRAM = "from app.cli import main; main()"


@asynccontextmanager
async def process(
    database_url: str | None,
    folder: Path,
    *options: str,
    settings: Mapping[str, str] | None = None,
    program: str = PROGRAM,
    root: Path = ROOT,
) -> AsyncIterator[Server]:
    """Run the server on a free port until the end of the block; without a database URL, on the embedded PostgreSQL.
    `settings` are more variables of its environment; `program` is the program that runs, with the code in `root`."""
    log = folder / "server.log"
    check_cache.seed(folder)
    environment = {
        **({"DATABASE_URL": database_url} if database_url else {}),
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
        "PATH": os.environ["PATH"],
        **(settings or {}),
    }
    command = (sys.executable, "-c", program, "serve", "--port", "0", *options)
    with log.open("wb") as sink:
        running = await asyncio.create_subprocess_exec(*command, cwd=root, env=environment, stdout=sink, stderr=sink)
    try:
        address = await address_in(log, running)
        async with httpx.AsyncClient(base_url=address, timeout=REQUEST_SECONDS) as http:
            yield Server(http, running, log)
    finally:
        if running.returncode is None:
            running.terminate()
            await running.wait()


async def address_in(log: Path, running: asyncio.subprocess.Process) -> str:
    """Returns the server's address once it listens."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            text = log.read_text()
            found = re.search(r"Portico is at (http://\S+)/graphql", text)
            if found and "Application startup complete" in text:
                return found[1]
            assert running.returncode is None, text
            await asyncio.sleep(0.05)
