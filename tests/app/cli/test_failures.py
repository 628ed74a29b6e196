"""What the command line writes about a failure that nobody foresaw: the places in the code, and no values."""

import asyncpg
import pytest

from app import cli
from tests.support.cli import run

SECRET = "geheim-1234"


def test_a_database_error_below_another_failure_is_written_without_its_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        try:
            raise asyncpg.DataError(f"invalid input for query argument $1: {SECRET!r}")
        except asyncpg.DataError as error:
            raise RuntimeError(f"could not store: {error}") from error

    monkeypatch.setattr(cli, "program", fail)
    assert run(monkeypatch, "settings") == 1
    written = capsys.readouterr().err
    assert "DataError (SQLSTATE 22000)" in written
    assert "test_failures.py" in written
    assert SECRET not in written
