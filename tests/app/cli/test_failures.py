"""What the command line writes about a failure that nobody foresaw: the places in the code, and no values."""

import json
import os

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


@pytest.mark.parametrize("options", [(), ("--env-file", os.devnull)])
@pytest.mark.parametrize(("command", "is_json"), [("serve", True), ("worker", True), ("migrate", False)])
def test_each_line_of_a_json_log_is_json_also_that_of_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    is_json: bool,
    options: tuple[str, ...],
) -> None:
    """Also if the settings are what is wrong. Commands without a log write text for people."""
    monkeypatch.setenv("PORTICO_LOG_FORMAT", "json")
    monkeypatch.setenv("PORTICO_MAX_CONNECTIONS", "many")
    assert run(monkeypatch, *options, command) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "PORTICO_MAX_CONNECTIONS" in line
    if is_json:
        entry = json.loads(line)
        assert (entry["level"], entry["logger"]) == ("CRITICAL", "portico")
        assert entry["message"].startswith("PORTICO_MAX_CONNECTIONS: ")
    else:
        assert line.startswith("portico: PORTICO_MAX_CONNECTIONS: ")


def test_an_unexpected_error_is_one_line_of_a_json_log_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setenv("PORTICO_LOG_FORMAT", "json")
    monkeypatch.setattr(cli, "program", fail)
    assert run(monkeypatch, "serve") == 1
    [line] = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry["message"] == "Portico ends because of an unexpected error."
    assert "RuntimeError: unexpected" in entry["error"]
