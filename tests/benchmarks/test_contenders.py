"""The benchmark compares like with like: on a tiny world all contenders give the same answers, and are counted."""

import asyncio
import http.client
import json
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import measuring, report, world
from benchmarks.measuring import Plan, measure
from benchmarks.pages import PAGES
from benchmarks.requests import AnswersDiffer, check_same_data, fetch_answer, request
from benchmarks.servers import CEILING, CONTENDERS, ORDINARY, PORTICO, Contender, serving
from benchmarks.world import Viewer
from tests.support.policies import check_cache

Arena = tuple[dict[Contender, int], dict[str, Viewer]]


@pytest.fixture(scope="module")
def arena(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The ports of the contenders, and the viewers by name."""
    folder = tmp_path_factory.mktemp("benchmarks")
    check_cache.seed(folder)
    viewers = asyncio.run(world.prepare(shared_database_url, 2, Console(file=StringIO())))
    with serving(CONTENDERS, world.environment(shared_database_url, viewers, folder), folder) as ports:
        yield ports, {viewer.name: viewer for viewer in viewers}


@pytest.mark.parametrize("viewer", ["admin", "limited"])
@pytest.mark.parametrize("page", PAGES)
def test_all_contenders_return_the_same_data(arena: Arena, page: str, viewer: str) -> None:
    ports, viewers = arena
    answers = {each.name: fetch_answer(port, each, page, viewers[viewer]) for each, port in ports.items()}
    assert check_same_data(answers) == len(answers["portico"])


def nodes(arena: Arena, page: str, viewer: str, field: str) -> list[Any]:
    ports, viewers = arena
    found = json.loads(fetch_answer(ports[PORTICO], PORTICO, page, viewers[viewer]))["data"][field]["nodes"]
    assert isinstance(found, list)
    return found


def test_the_pages_have_the_size_that_they_claim(arena: Arena) -> None:
    accounts = nodes(arena, "Q2", "admin", "contractAccounts")
    assert [len(account["services"]["nodes"]) for account in accounts] == [10] * 20
    users = nodes(arena, "Q3", "admin", "users")
    counts = Counter((len(u["contractAccounts"]["nodes"]), len(u["deliveryAccounts"]["nodes"])) for u in users)
    assert len(users) == 50
    assert counts[5, 5] >= 40, "the rest are of the teams of limited admins"
    services = [s for a in nodes(arena, "Q4", "admin", "contractAccounts") for s in a["services"]["nodes"]]
    assert len(services) == 1_000


def test_the_limited_viewer_sees_less(arena: Arena) -> None:
    assert len(nodes(arena, "Q2", "limited", "contractAccounts")) == 5


def test_every_contender_is_measured_at_every_number_of_connections(arena: Arena, tmp_path: Path) -> None:
    ports, viewers = arena
    figures = measure(Plan(["Q1"], 1, 0.1), ports, viewers["admin"])
    assert figures.keys() == {"Q1"}
    assert figures["Q1"].keys() == {"1", "16"}
    assert all(rates.keys() == {"portico", "ordinary", "ceiling"} for rates in figures["Q1"].values())
    assert all(rate > 0 for rates in figures["Q1"].values() for rate in rates.values())
    report.write(figures, tmp_path / "results" / "latest.json")
    assert json.loads((tmp_path / "results" / "latest.json").read_text()) == figures


def test_a_rejected_request_is_not_counted(arena: Arena) -> None:
    ports, viewers = arena
    refused = request(PORTICO, "Q1", viewers["admin"]).replace(b"application/json", b"application/xml0")
    with pytest.raises(subprocess.CalledProcessError):
        measuring.rate(ports[PORTICO], 1, 0.1, refused)


def test_the_ordinary_way_requires_a_session(arena: Arena) -> None:
    ports, viewers = arena
    with socket.create_connection(("127.0.0.1", ports[ORDINARY]), timeout=10) as connection:
        connection.sendall(request(ORDINARY, "Q1", Viewer("nobody", "", "x" * len(viewers["admin"].token))))
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert response.status == 401


def test_different_responses_are_detected() -> None:
    portico = b'{"data":{"a":1},"extensions":{}}'
    assert check_same_data(
        {"portico": portico, "ordinary": b'{"data": { "a": 1 }}', CEILING.name: b'{"data":{"a":1}}'}
    ) == len(portico)
    with pytest.raises(AnswersDiffer, match="ordinary returns other data than portico"):
        check_same_data({"portico": portico, "ordinary": b'{"data":{"a":2}}'})
    with pytest.raises(AnswersDiffer, match="other bytes"):
        check_same_data({"portico": portico, CEILING.name: b'{"data":{"a": 1}}'})


def test_the_table_marks_whether_targets_are_met() -> None:
    rates = {"portico": 74.0, "ordinary": 2.0, "ceiling": 100.0}
    table = report.table({"Q2": {"1": rates, "16": rates}}, {"Q2": 20_000}, "admin")
    printed = StringIO()
    Console(file=printed, width=200).print(table)
    lines = [line for line in printed.getvalue().splitlines() if "0.74" in line]
    assert ["✗" in line and "✓" in line for line in lines] == [False, True]
