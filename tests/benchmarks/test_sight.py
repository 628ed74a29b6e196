"""The table of watched servers marks whether the target is met, and the benchmark ends by itself."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import sight
from benchmarks.servers import PORTICO, Contender
from benchmarks.sight import Watched
from tests.support.policies import check_cache


def printed(cost: float, scrape: float = 0.0) -> str:
    plain = Watched(PORTICO, rates=[100, 50, 200], costs=[100e-6, 200e-6, 50e-6])
    again = Watched(Contender("again", ()), rates=plain.rates, costs=plain.costs)
    costs = [each * cost for each in plain.costs]
    watched = Watched(Contender("watched", ()), rates=[99, 49.5, 198], costs=costs, scrapes=[scrape] * 3)
    console = Console(file=StringIO(), width=200)
    console.print(sight.table([plain, again, watched]))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_table_compares_rounds_and_marks_whether_the_target_is_met() -> None:
    assert "0.990" in printed(1.03)
    assert "1.030 ✓" in printed(1.0299)
    assert "1.040 ✗" in printed(1.04)


def test_each_request_bears_its_share_of_reading_the_metrics() -> None:
    processor_seconds = 15 * 99 * 100e-6  # in 15 seconds; the same in each round
    assert "1.020 ✓" in printed(1.0, scrape=0.02 * processor_seconds)
    assert "1.040 ✗" in printed(1.0, scrape=0.04 * processor_seconds)


def test_a_short_run_ends(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sight, "default_data_dir", lambda: tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    check_cache.seed(tmp_path / "benchmarks")
    sight.main(
        ["--seconds", "0.2", "--rounds", "1", "--starts", "1", "--organizations", "1", "--database-url", database_url]
    )
    shown = capsys.readouterr().out
    assert "portico again" in shown
    assert "portico with metrics, traces and JSON log" in shown
    assert "at most 1.03" in shown
