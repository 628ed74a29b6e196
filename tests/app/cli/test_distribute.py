"""`portico distribute` and the check of `portico doctor`, on a PostgreSQL with the functions of Citus that they use."""

import json
from pathlib import Path

import pytest

from tests.support.backups.backup_files import use
from tests.support.cli import run
from tests.support.databases import execute, in_new_loop
from tests.support.distribution.fake_citus import FAKE_CITUS


@pytest.fixture
def coordinator(demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with the demo data, which the commands use."""
    (tmp_path / "data").mkdir(mode=0o700)
    use(monkeypatch, demo_database_url, tmp_path / "data")
    in_new_loop(execute(demo_database_url, *FAKE_CITUS))
    return demo_database_url


def distribution(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[str, str] | None:
    """The state and the message of the check; None if there is none."""
    capsys.readouterr()
    run(monkeypatch, "doctor", "--json")
    checks = {check["check"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    found = checks.get("distribution")
    return None if found is None else (found["state"], found["message"])


def test_the_embedded_server_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    assert run(monkeypatch, "distribute") == 2
    assert "Set DATABASE_URL" in capsys.readouterr().err


def test_a_server_without_citus_is_refused_in_a_line(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, demo_database_url, tmp_path)
    assert run(monkeypatch, "distribute") == 1
    assert capsys.readouterr().err.startswith("portico: The database has no Citus")


@pytest.mark.usefixtures("coordinator")
def test_a_plan_changes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(monkeypatch, "distribute", "--plan") == 0
        assert "SELECT create_reference_table('\"emails\"');" in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("coordinator")
def test_it_says_what_it_did_and_does_it_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "distribute") == 0
    printed = capsys.readouterr().out
    assert "  Distribute users by tenant_id\n" in printed
    assert "  Copy emails to every node\n" in printed
    assert run(monkeypatch, "distribute") == 0
    assert capsys.readouterr().out == "The database is distributed already.\n"


@pytest.mark.usefixtures("coordinator")
def test_doctor_checks_a_distributed_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert distribution(monkeypatch, capsys) is None
    run(monkeypatch, "distribute")
    found = distribution(monkeypatch, capsys)
    assert found == ("fail", "Citus can't run queries with the plans that PORTICO_GENERIC_PLANS keeps.")
    monkeypatch.setenv("PORTICO_GENERIC_PLANS", "false")
    found = distribution(monkeypatch, capsys)
    assert found is not None
    assert found[0] == "ok"
    assert found[1].endswith(" on 1 worker")


def test_doctor_finds_a_table_that_is_not_in_place(
    coordinator: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTICO_GENERIC_PLANS", "false")
    run(monkeypatch, "distribute")
    in_new_loop(execute(coordinator, "DELETE FROM pg_dist_partition WHERE logicalrelid = 'services'::regclass"))
    assert distribution(monkeypatch, capsys) == ("fail", "1 table not in place: services.")


def test_doctor_warns_of_queries_that_are_planned_anew_for_nothing(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    use(monkeypatch, demo_database_url, tmp_path / "data")
    monkeypatch.setenv("PORTICO_GENERIC_PLANS", "false")
    found = distribution(monkeypatch, capsys)
    assert found is not None
    assert found[0] == "warn"
