"""Tests that start whole servers run in `make test-servers`, all others in `make test`, and CI runs both."""

import re

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import imported_from, relative, sources
from tests.support.suite.whole_servers import MARKER, PLACES, starts_servers

MODULES = tuple(path for path in map(relative, sources("tests")) if re.search(r"/test_\w+\.py$", path))


def test_whatever_starts_a_server_is_listed() -> None:
    starting = [path for path in MODULES if "process" in imported_from(ROOT / path, "tests.support.server_process")]
    assert len(starting) > 5
    assert [path for path in starting if not starts_servers(path)] == []


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_one_of_tests(place: str) -> None:
    module, _, name = place.partition("::")
    found = [path for path in MODULES if path.startswith(module)]
    assert found
    assert not name or f"def {name}" in (ROOT / module).read_text()


def test_the_two_targets_run_every_test_and_ci_runs_both() -> None:
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text().splitlines()
    assert re.findall(r"^(test[\w-]*):.*\n.* -m '((?:not )?servers)'", makefile, re.MULTILINE) == [
        ("test", f"not {MARKER}"),
        ("test-servers", MARKER),
    ]
    assert {"make test", "make test-servers"} <= set(ci)
