"""An operator, who runs commands and looks at the database."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from app.demo.example_users import GLOBEX
from app.demo.fixed_ids import named_key
from tests.support.cli import run
from tests.support.data_protection.erasable_person import add_zebulon
from tests.support.data_protection.whole_database import Dump, dump, fill
from tests.support.databases import in_new_loop

GLOBEX_ID, MAX = named_key(GLOBEX), named_key("max@globex.example")


class Operator:
    """Runs commands in this process, and looks at the database."""

    def __init__(self, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.url, self.folder, self.monkeypatch, self.capsys = normalize_url(url), folder, monkeypatch, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        code = run(self.monkeypatch, *arguments)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self(*arguments)
        assert code == 0, err
        return json.loads(out)

    def dump(self) -> Dump:
        return in_new_loop(self._with(dump))

    def prepare(self) -> None:
        async def add(connection: asyncpg.Connection) -> None:
            await add_zebulon(connection)
            await fill(connection, GLOBEX_ID, MAX, MAX)

        in_new_loop(self._with(add))

    def is_intact(self) -> bool:
        return in_new_loop(verify(self.url, ChainFilter(), {}, lambda *_: None)).intact

    def on_database(self, work: Any) -> Any:
        """The result of `work`, which takes a connection to the database."""
        return in_new_loop(self._with(work))

    async def _with(self, work: Any) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await work(connection)
        finally:
            await connection.close()
