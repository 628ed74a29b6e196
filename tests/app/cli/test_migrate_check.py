"""`portico migrate --check`: says what is pending, and changes nothing."""

from pathlib import Path

import pytest

import migrations
from tests.support.cli import run
from tests.support.databases import execute, in_new_loop


def test_a_database_at_the_newest_migration(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert run(monkeypatch, "migrate", "--check") == 0
    assert capsys.readouterr().out == f"The database is at {migrations.head()}, the newest migration.\n"


def test_an_empty_database_lacks_all_and_stays_empty(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    for _ in range(2):
        assert run(monkeypatch, "migrate", "--check") == 1
        first, *pending = capsys.readouterr().out.splitlines()
        assert first == "The database is empty. Pending:"
        assert pending[0].startswith("  0001  ")
        assert pending[-1].startswith(f"  {migrations.head()}  ")


def test_an_older_and_a_newer_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    last_but_one, last = (name for name, _ in migrations.pending(None)[-2:])
    in_new_loop(execute(database_url, f"UPDATE alembic_version SET version_num = '{last_but_one}'"))
    assert run(monkeypatch, "migrate", "--check") == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"The database is at {last_but_one}. Pending:"
    assert [line.split()[0] for line in printed[1:]] == [last]
    in_new_loop(execute(database_url, "UPDATE alembic_version SET version_num = '9999'"))
    assert run(monkeypatch, "migrate", "--check") == 0
    assert "at 9999, of a newer Portico. This one serves on it" in capsys.readouterr().out
    assert run(monkeypatch, "migrate") == 0
    assert "at 9999, of a newer Portico. This one serves on it" in capsys.readouterr().out
    in_new_loop(execute(database_url, "COMMENT ON TABLE alembic_version IS NULL"))
    assert run(monkeypatch, "migrate", "--check") == 1
    assert "of a newer Portico: it has the migration 9999" in capsys.readouterr().out


def test_an_embedded_database_is_not_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    assert run(monkeypatch, "migrate", "--check") == 1
    assert capsys.readouterr().out.startswith("The database is empty.")
    assert not (tmp_path / "data").exists()
