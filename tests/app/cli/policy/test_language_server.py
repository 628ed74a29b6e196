"""`portico policy language-server` without the extra that it needs."""

import importlib.util

import pytest

from tests.support.cli import run


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("app.cli.policy.language_server.find_spec", lambda name: None)
    assert run(monkeypatch, "policy", "language-server") == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "The language server needs pygls: pip install 'portico[editor]'.\n"
    assert importlib.util.find_spec("pygls") is not None
