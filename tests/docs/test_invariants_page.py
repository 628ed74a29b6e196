"""`docs/invariants.md` is generated from the list of invariants and the markers in the tests, and each has a test."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.invariants import INVARIANTS
from tests.support.paths import DOCS, ROOT

PAGE = DOCS / "invariants.md"
HEAD = """# Invariants

What always holds, the code that ensures it, and the tests that verify it. The table is generated: the statements are
in `tests/support/invariants.py`, the tests have the marker `invariant`, and
`make test ARGS="-k invariants_page --rewrite"` rewrites this page.

| invariant | ensured by | tested in |
|---|---|---|
"""


def markers(path: Path) -> Iterator[str]:
    """The keys of the `invariant` markers in a test module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "invariant":
            [key] = node.args
            assert isinstance(key, ast.Constant)
            yield str(key.value)


def modules_by_invariant() -> dict[str, list[str]]:
    """The test modules that hold each invariant."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for key in sorted(set(markers(path))):
            found[key].append(str(path.relative_to(ROOT)))
    return dict(found)


def page() -> str:
    tests = modules_by_invariant()
    rows = [
        f"| {invariant.statement} | {invariant.held_by} | {', '.join(f'`{path}`' for path in tests[key])} |\n"
        for key, invariant in INVARIANTS.items()
    ]
    return HEAD + "".join(rows)


def test_every_invariant_has_a_test_and_every_marker_an_invariant() -> None:
    assert set(modules_by_invariant()) == set(INVARIANTS)


def test_the_invariants_page_is_what_the_markers_say(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
