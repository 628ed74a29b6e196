"""`portico policy` on the example world."""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from authz.trait_comparison.compare import compare
from tests.support.cli import run
from tests.support.policies.check_cache import check_form
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import example

compared_once = lru_cache(compare)
"""The comparison by traits, which takes seconds for each pair of policies."""


@pytest.fixture(scope="module")
def world(shared_database_url: str) -> str:
    async def made() -> None:
        connection = await asyncpg.connect(shared_database_url)
        try:
            await insert_world(connection, example())
        finally:
            await connection.close()

    asyncio.run(made())
    return shared_database_url


@pytest.fixture
def portico(world: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `portico policy` on the example world: exit code and output. Edited policies pass if their form is right."""
    monkeypatch.setenv("DATABASE_URL", world)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("app.cli.policy.diff.command.compare", compared_once)
    monkeypatch.setattr("authz.policy.check", check_form)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(monkeypatch, "policy", *arguments)
        return (code, *capsys.readouterr())

    return command
