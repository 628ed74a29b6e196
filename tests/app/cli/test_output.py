"""What the commands share: counted nouns, and progress that doesn't get into the output."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import output
from app.cli.output import count_of, load_policy_with_progress, progress_bar, show_spinner
from app.settings import Settings
from tests.support.paths import POLICY


@pytest.mark.parametrize(
    ("number", "noun", "plural", "text"),
    [
        (0, "event", None, "0 events"),
        (1, "event", None, "1 event"),
        (2_000, "event", None, "2,000 events"),
        (1, "entry", "entries", "1 entry"),
        (3, "entry", "entries", "3 entries"),
    ],
)
def test_nouns_agree_with_their_numbers(number: int, noun: str, plural: str | None, text: str) -> None:
    assert count_of(number, noun, plural) == text


def test_progress_is_one_line_on_stderr_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with show_spinner("Checking the policy (about 10 seconds)"):
        assert capsys.readouterr() == ("", "Checking the policy (about 10 seconds)…\n")
    with progress_bar("Comparing the policies") as bar:
        assert capsys.readouterr() == ("", "Comparing the policies…\n")
        assert list(bar.track([1, 2], description="Comparing")) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_is_a_spinner_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with show_spinner("Checking the policy"):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert "Checking the policy…" in err
    assert "\x1b[" in err


def test_a_policy_that_was_checked_before_is_loaded_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("authz.policy.check", lambda *_: ())
    settings = Settings(secret_key=SecretStr("k" * 44), data_dir=tmp_path, policy=POLICY)
    assert load_policy_with_progress(settings) == load_policy_with_progress(settings)
    assert capsys.readouterr().err == f"Checking policies.polar ({output.CHECK_TIME})…\n"
