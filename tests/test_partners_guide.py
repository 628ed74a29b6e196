"""`docs/partners.md` is a story that works, block by block, against a running server."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.test_server import process
from tests.serving import SIGN_IN, add_demo_world

PAGE = (Path(__file__).parents[1] / "docs" / "partners.md").read_text()
ANYTHING = "…"


def blocks() -> Iterator[tuple[str, str]]:
    """The blocks of the page, each with its language."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        yield str(language), str(block)


def fits(shown: Any, found: Any) -> bool:
    """Whether `found` is what is shown, where `…` stands for any text."""
    if isinstance(shown, dict):
        return isinstance(found, dict) and shown.keys() == found.keys() and all(fits(shown[k], found[k]) for k in shown)
    if isinstance(shown, list):
        return isinstance(found, list) and len(shown) == len(found) and all(map(fits, shown, found))
    if isinstance(shown, str) and isinstance(found, str):
        return re.fullmatch(re.escape(shown).replace(ANYTHING, ".+"), found, re.DOTALL) is not None
    return bool(shown == found)


class Reader:
    """Somebody who follows the page: types its commands, and fills in what it leaves open from the answers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.environment = {"PATH": os.environ["PATH"]}
        self.answer: Any = None
        variables = {"email": "ada@acme.example", "password": "portico-demo"}
        signed_in = httpx.post(f"{address}/graphql", json={"query": SIGN_IN, "variables": variables}).json()
        self.session = signed_in["data"]["signIn"]["token"]

    def follow(self, language: str, block: str) -> None:
        match language:
            case "graphql":
                self.run(block)
            case "sh" if block.startswith("export"):
                self.fill_in(block)
            case "sh":
                self.answer = json.loads(self.output("sh", "-c", block))
                self.answer.pop("extensions", None)
            case "python":
                self.answer = self.output(sys.executable, "-W", "error", "-c", block)
            case "json":
                assert fits(json.loads(block), self.answer), self.answer
            case "text":
                assert block == self.answer
            case _:
                raise AssertionError(f"The page has a block in {language}, which this test can't follow.")

    def run(self, query: str) -> None:
        """As in GraphiQL, where Ada is signed in."""
        known = {"client": self.environment.get("CLIENT_ID"), "secret": self.former_secret()}
        variables = {name: value for name, value in known.items() if f"${name}:" in query}
        sent = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {self.session}"}
        found = httpx.post(f"{self.address}/graphql", json=sent, headers=headers).json()
        assert "errors" not in found, found
        self.answer = found["data"]

    def former_secret(self) -> str | None:
        """The id of the older secret, as the answer before showed it."""
        rotated = (self.answer or {}).get("rotateApiClientSecret") if isinstance(self.answer, dict) else None
        return str(rotated["apiClient"]["secrets"][0]["secretId"]) if rotated else None

    def fill_in(self, block: str) -> None:
        for name, value in re.findall(r"^export (\w+)=(.*)$", block, re.MULTILINE):
            filled = self.address if name == "PORTICO" else self.found(name)
            assert fits(value if ANYTHING in value else ANYTHING, filled), f"{name}: {filled}"
            self.environment[name] = filled

    def found(self, name: str) -> str:
        match name, self.answer:
            case "CLIENT_ID", {"createApiClient": {"apiClient": {"clientId": value}}}:
                return str(value)
            case "CLIENT_SECRET", {"createApiClient": {"clientSecret": value}}:
                return str(value)
            case "TOKEN", {"access_token": value}:
                return str(value)
            case "SOUTH", {"data": {"contractAccounts": {"nodes": [{"id": value}]}}}:
                return str(value)
        raise AssertionError(f"The answer before does not tell {name}: {self.answer}")

    def output(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_guide_for_partners_works(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path) as server:
        await asyncio.to_thread(follow, str(server.http.base_url).rstrip("/"))


def follow(address: str) -> None:
    reader = Reader(address)
    for language, block in blocks():
        reader.follow(language, block)
