"""Every command that reads the database says so if nobody has migrated it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.databases import fresh_database
from tests.support.paths import POLICY

ACME = "org_01900000-0000-7000-8000-000000000001"
ADA = "ada@acme.example"
CSV = "code,name,status,city,country,contract_account,delivery_account\nSVC-1,Line,ACTIVE,Bonn,DE,South,South\n"


@pytest.fixture(scope="module")
def empty_database_url(server_url: str) -> Iterator[str]:
    with fresh_database(server_url, "template0") as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the commands read, and a data folder, so that the policy is checked only once."""
    folder = tmp_path_factory.mktemp("unmigrated")
    (folder / "services.csv").write_text(CSV)
    (folder / "viewer.graphql").write_text("query Viewer { viewer { user { id } } }")
    (folder / "candidate.polar").write_text(POLICY.read_text())
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["audit", "verify"],
        ["audit", "head"],
        ["policy", "who-can", "--action", "view", "--on", "ACME South"],
        ["policy", "what-can", "--user", ADA],
        ["policy", "explain", "--user", ADA, "--action", "view", "--on", "ACME South"],
        ["policy", "show", "--user", ADA, "--type", "Service"],
        ["policy", "show", "--plan", "--type", "Service", "--action", "view"],
        ["policy", "diff", "active", "candidate.polar"],
        ["policy", "shadow", "candidate.polar"],
        ["policy", "shadow"],
        ["policy", "shadow", "--stop"],
        ["access-review", ACME],
        ["access-review", ACME, "--new"],
        ["access-at", ADA, "2026-01-31T12:00:00Z"],
        ["import-services", ACME, "services.csv"],
        ["import-services", ACME, "services.csv", "--as", ADA],
        ["documents", "add", "viewer.graphql"],
        ["documents", "list"],
        ["documents", "remove", f"sha256:{'0' * 64}"],
        ["signing-keys", "list"],
        ["signing-keys", "rotate"],
        ["signing-keys", "remove", "some-key"],
    ],
    ids=" ".join,
)
def test_a_database_without_tables_is_reported_as_such(
    command: list[str],
    empty_database_url: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(folder))
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 44)
    # The candidate is the policy in force, under another name: what its checks find is not the matter here.
    monkeypatch.setattr("authz.policy.check", lambda *_: ())
    assert run(monkeypatch, *command) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[-1].startswith(
        "portico: The database has no tables yet, or those of an older version: run `portico migrate` first. (relation "
    )
    assert "Traceback" not in output.err
