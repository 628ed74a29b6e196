"""The worked edits of the author's guide are made, and the commands of it run, on the example world.

`make test ARGS="-k policy_guide --rewrite"` writes the diffs and outputs of `docs/policy-edits.md` anew.
"""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli.demo import load_example
from app.settings import Settings
from tests.support.cli import run
from tests.support.depth import some
from tests.support.policies.worked_edits import PAGE, Portico, anew, prepare, sections

pytestmark = pytest.mark.invariant("policy_guide")

VERBS = ("check", "test", "diff", "explain")


@pytest.fixture(scope="module")
def example_world(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with the example world."""
    settings = Settings(secret_key=SecretStr("k" * 32), data_dir=tmp_path_factory.mktemp("data"))
    asyncio.run(load_example(settings.with_database(shared_database_url)))
    return shared_database_url


@pytest.fixture
def portico(
    example_world: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Portico:
    """`portico` in `tmp_path`, where the policy and its tests are."""
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", example_world)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTICO_POLICY", str(tmp_path / "policies.polar"))

    def command(arguments: list[str]) -> tuple[int, str]:
        code = run(monkeypatch, *arguments)
        output = capsys.readouterr()
        # Without a terminal, progress is a line on stderr. Readers of the guide have a terminal.
        errors = [line for line in output.err.splitlines(keepends=True) if not line.endswith("…\n")]
        return code, output.out + "".join(errors)

    return command


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some of the edits are made in `make test`, and all to write the page anew."""
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(3) if metafunc.config.getoption("--rewrite") else some(range(3)))


@pytest.mark.matrix
def test_what_comes_of_each_edit_is_what_the_guide_says(
    number: int, portico: Portico, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    section = sections()[number]
    found = anew(section, tmp_path, portico)
    if request.config.getoption("--rewrite"):
        PAGE.write_text(PAGE.read_text().replace(section, found))
    else:
        assert section == found, "read why, then run with --rewrite"


def test_each_edit_is_checked_tested_compared_and_explained() -> None:
    assert len(sections()) == 3
    for section in sections():
        assert [verb for verb in VERBS if f"$ portico policy {verb} " in section] == list(VERBS)
