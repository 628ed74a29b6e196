"""The section on onboarding in `docs/operations.md` is a story that works, word by word."""

import json
import re
from pathlib import Path

import pytest

from app.data_folder import ROOT
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server import add_demo_world, serving

PAGE = (ROOT / "docs" / "operations.md").read_text()
SECTION = PAGE[PAGE.index("## Onboarding an organization") :].partition("\n## ")[0]


def shown(language: str) -> str:
    """The one block of the section in that language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return str(block)


def test_the_worked_example_works(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def onboard() -> object:
        await add_demo_world(database_url)
        async with serving(database_url, tmp_path / "server") as client:
            staff = await client.session("staff@portico.example")
            return (await client.data(shown("graphql"), staff, **json.loads(shown("json"))))["createOrganization"]

    payload = in_new_loop(onboard())
    assert isinstance(payload, dict)
    assert payload["errors"] == []
    assert payload["user"] == {
        "email": "peter@initech.example",
        "status": "PENDING",
        "activation": {"mail": "QUEUED"},
    }
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", SECRET_KEY.decode())
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("services.csv").write_text(shown("csv"))
    for command in shown("sh").splitlines():
        assert run(monkeypatch, *command.removeprefix("portico ").split()) == 0
    assert capsys.readouterr().out == shown("text")
