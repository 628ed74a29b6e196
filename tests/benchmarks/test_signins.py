"""The table of the reader beside sign-ins marks whether the target is met, and the benchmark ends by itself."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import signins
from benchmarks.hostile import Caller, running
from tests.support.policies import check_cache


def printed(quiet: float, busy: float) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(signins.table(Caller([quiet] * 10), Caller([busy] * 10)))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_table_marks_whether_the_target_is_met() -> None:
    assert "3.0 ✓" in printed(2.0, 6.0)
    assert "3.1 ✗" in printed(2.0, 6.2)


def test_a_short_run_ends_with_reads_and_sign_ins(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signins, "default_data_dir", lambda: tmp_path)
    monkeypatch.setattr(signins, "running", lambda folder: running(folder, {"DATABASE_URL": database_url}))
    check_cache.seed(tmp_path / "benchmarks-signins")
    signins.main(["--seconds", "1", "--rounds", "1"])
    shown = capsys.readouterr().out
    assert "beside sign-ins" in shown
    assert "sign-ins per second" in shown
