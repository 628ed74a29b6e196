"""`portico --env-file`: a command has the settings of the server, or is refused."""

import os
from pathlib import Path

import pytest

from app.cli.env_file import read_env_file
from tests.support.cli import run
from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A=", ""),
        ("A= b ", "b"),
        ("A=postgresql://u:p%20w@h/d?sslmode=verify-full&x=1#y", "postgresql://u:p%20w@h/d?sslmode=verify-full&x=1#y"),
        ("A=Example Portal <portal@example.com>", "Example Portal <portal@example.com>"),
        ("A='it is # one; \"value\" with $HOME'", 'it is # one; "value" with $HOME'),
        ('A="two words"', "two words"),
        ("A=1\nA=2", "2"),
        ("# A=b\n; A=c\n\nA=d", "d"),
        ("A=$HOME", "$HOME"),
    ],
)
def test_a_value_is_what_systemd_makes_of_it(tmp_path: Path, line: str, value: str) -> None:
    file = tmp_path / "environment"
    file.write_text(f"{line}\n")
    assert read_env_file(file) == {"A": value}


@pytest.mark.parametrize(
    "line",
    ["secret", "A B=secret", "1A=secret", "export A=secret", r"A=sec\ret", "A=sec'ret", 'A="sec"ret"', 'A="$secret"'],
)
def test_what_could_be_read_in_two_ways_is_refused_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    file = tmp_path / "environment"
    file.write_text(f"# settings\n{line}\n")
    assert run(monkeypatch, "--env-file", str(file), "settings") == 2
    said = capsys.readouterr().err
    assert "line 2" in said
    assert "secret" not in said.replace(str(tmp_path), "")


def test_a_command_has_the_settings_of_the_file_unless_they_are_set_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "environment"
    file.write_text("PORTICO_PORT=8123\nPORTICO_WORKERS=3\n")
    monkeypatch.setenv("PORTICO_WORKERS", "5")
    monkeypatch.setenv("PORTICO_PORT", "")  # so that monkeypatch takes back what the command sets
    monkeypatch.delenv("PORTICO_PORT")
    monkeypatch.setenv("COLUMNS", "200")
    assert run(monkeypatch, "--env-file", str(file), "settings") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    shown = {row[0]: row[1] for row in rows if row and row[0].startswith("PORTICO_")}
    assert (shown["PORTICO_PORT"], shown["PORTICO_WORKERS"]) == ("8123", "5")
    assert os.environ["PORTICO_WORKERS"] == "5"


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "--env-file", str(tmp_path / "none"), "settings") == 2


def test_a_file_that_is_no_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "environment"
    file.write_bytes(b"A=\xff\n")
    assert run(monkeypatch, "--env-file", str(file), "settings") == 2


def test_the_example_of_the_documentation_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "deployment" / "environment").read_text()
    file = tmp_path / "environment"
    file.write_text(text.replace("PORTICO_SECRET_KEY=\n", f"PORTICO_SECRET_KEY={'k' * 64}\n"))
    values = read_env_file(file)
    for name in values:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(monkeypatch, "--env-file", str(file), "settings") == 0
    assert "https://portal.example.com" in capsys.readouterr().out
