"""Runs `portico` in the test's own process."""

import sys

import pytest

from app import cli


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run `portico` with these arguments in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["portico", *arguments])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    return int(exit_.value.code or 0)
