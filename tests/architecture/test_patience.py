"""No test fails because the machine is slow, as far as that can be told from its text."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_files import relative, sources, syntax_tree

PATIENCE = 60
"""How long a test waits at least, in seconds, for something that it expects to happen."""

LEAST = {"asyncio.timeout": PATIENCE, "pytest.mark.timeout": 180}
"""The latter is what every test has (pyproject.toml)."""


def hasty_waits(node: ast.AST) -> Iterator[ast.Call]:
    """The limits of time that are shorter, except where the test expects the time to run out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.With) and "pytest.raises(TimeoutError" in ast.unparse(child.items[0]):
            continue
        match child:
            case ast.Call(func=ast.Attribute(attr="timeout"), args=[ast.Constant(value=int() | float() as seconds)]):
                if seconds < LEAST.get(ast.unparse(child.func), 0):
                    yield child
        yield from hasty_waits(child)


def test_no_wait_ends_before_a_slow_machine_is_ready() -> None:
    hasty = [f"{relative(path)}:{call.lineno}" for path in sources("tests") for call in hasty_waits(syntax_tree(path))]
    assert hasty == []


def lists_of_health_checks(path: Path) -> Iterator[str]:
    """The health checks of Hypothesis that each test of a file suppresses."""
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.keyword) and node.arg == "suppress_health_check":
            yield ast.unparse(node.value)


def test_examples_may_take_any_time_to_generate() -> None:
    """What a test suppresses replaces what the profile of `tests/conftest.py` suppresses."""
    suppressed = {text for path in sources("tests") for text in lists_of_health_checks(path)}
    assert suppressed
    assert {text for text in suppressed if "HealthCheck.too_slow" not in text and text != "list(HealthCheck)"} == set()
