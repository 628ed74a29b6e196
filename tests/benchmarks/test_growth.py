"""The growth benchmark measures each viewer in a small and in a large organization, and names what grows."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from app.database.pools import normalize_url
from benchmarks import growth, growth_memory, growth_world
from benchmarks.growth import Growth
from benchmarks.list_requests import Family, FilterSamples
from tests.support.policies import check_cache


def grown(few: float, large: float, family: Family = Family.LIST, refused: dict[str, str] | None = None) -> Growth:
    return Growth("admin", family, "users", {"few": few, "large": large}, refused or {})


def test_what_grows_more_than_its_limit_is_named() -> None:
    assert not grown(3, 15).is_over
    assert grown(3, 15.1).is_over
    assert not grown(3, 30, Family.COUNT).is_over
    assert grown(3, 30.1, Family.NESTED_COUNT).is_over
    assert not grown(1, 10).is_over
    assert grown(1, 1, refused={"large": "TIMED_OUT"}).is_over
    assert grown(1, 1, refused={"few": "TIMED_OUT", "large": "TIMED_OUT"}).is_over
    assert not grown(1, 1, refused={"few": "FORBIDDEN", "large": "FORBIDDEN"}).is_over
    assert Growth("admin", Family.LIST, "users", {"few": 1}, {}).ratio is None
    printed = StringIO()
    table = growth.growth_table("admin", [grown(10, 20), grown(10, 70), grown(20, 200)], everything=False)
    Console(file=printed, width=120).print(table)
    assert "2 of 3 over the limit; median of the ratios: 7.0" in printed.getvalue()
    assert printed.getvalue().index("10.0") < printed.getvalue().index("✗ 7.0")


def test_the_summary_has_a_row_for_each_viewer_and_family() -> None:
    growths = [
        grown(10, 20),
        grown(10, 70),
        grown(20, 200),
        grown(10, 110, Family.COUNT),
        Growth("a", Family.PAGE, "b", {}, {}),
    ]
    printed = StringIO()
    Console(file=printed, width=160).print(growth.summary_table(growths))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.getvalue().splitlines() if "│" in line]
    assert rows == [
        ["admin", "list", "3", "2", "7.0", "70.0", "200"],
        ["admin", "count", "1", "1", "11.0", "110.0", "110"],
    ]


def test_every_place_is_measured(
    shared_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(growth_world, "FEW", 4)
    monkeypatch.setattr(growth, "RESULTS", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "default_data_dir", lambda: tmp_path)
    check_cache.seed(tmp_path / "benchmarks")
    url = ["--database-url", normalize_url(shared_database_url)]
    size = ["--scale", "0.001", "--organizations", "2", "--seconds", "0"]
    only = "^(list users$|page services second page CODE_ASC$|question whoCan VIEW Service|nested Q1)"
    growth.main([*url, *size, "--viewer", "limited-admin", "staff", "--only", only, "--all"])
    found = {(figure["viewer"], figure["name"]): figure for figure in json.loads(growth.RESULTS.read_text())}
    assert len(found) == 2 * 4
    limited = found["limited-admin", "users"]
    assert limited["milliseconds"].keys() == {"few", "beside", "large"}
    assert limited["refused"] == {}
    assert found["staff", "services second page CODE_ASC"]["milliseconds"].keys() == {"few", "large"}
    assert found["limited-admin", "whoCan VIEW Service"]["refused"].keys() == {"few", "beside", "large"}
    assert "of 4 over the limit" in capsys.readouterr().out


def test_shapes_differ_in_more_than_their_values() -> None:
    words, times = {"many": "e", "none": "x"}, {"soon": "", "last": ""}
    samples = FilterSamples({"User": "u"}, words, {"common": "DE"}, times, {"one": ""}, {"one": "a@a.example"})
    found = growth_memory.shapes(samples)
    searches = [r for r in found if r.list == "services" and r.variables.get("filter", {}).keys() == {"search"}]
    orders = {(request.family, request.variables.get("orderBy")) for request in searches}
    assert len(orders) == len(searches)
    assert len(found) >= growth_memory.SHAPES
