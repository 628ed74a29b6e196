"""The source files of the repository, and what a check of them looks for."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from resolvers.garbage import collected_at_end
from tests.support.paths import ROOT

LAYERS = ("app", "authz", "migrations", "models", "resolvers", "schema")

Function = ast.FunctionDef | ast.AsyncFunctionDef

_IN_BLOCKS = ast.stmt, ast.excepthandler, ast.match_case
"""What statements consist of, beside expressions."""


def sources(*folders: str) -> list[Path]:
    """The Python files of `folders`, or else of the layers."""
    paths = (path for folder in folders or LAYERS for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in paths if "node_modules" not in path.parts)


@cache
def syntax_tree(path: Path) -> ast.Module:
    # A tree stays, and while one grew, the collector would visit those that are there: half of the time.
    with collected_at_end():
        return ast.parse(path.read_text())


def relative(path: Path) -> str:
    """The path from the root of the repository."""
    return str(path.relative_to(ROOT))


def is_in(path: Path, places: Iterable[str]) -> bool:
    """Whether `path` is one of `places`, or in one."""
    return any(
        relative(path) == place or (place.endswith("/") and relative(path).startswith(place)) for place in places
    )


def files_of(place: str) -> list[Path]:
    """The file at this place, or the Python files in this folder."""
    return sources(place.rstrip("/")) if place.endswith("/") else [ROOT / place]


def functions(path: Path) -> Iterator[Function]:
    """The functions and methods in a file. They are statements, and expressions, four fifths of a tree, hold none."""
    blocks: list[ast.AST] = [syntax_tree(path)]
    for block in blocks:
        if isinstance(block, Function):
            yield block
        blocks += (node for node in ast.iter_child_nodes(block) if isinstance(node, _IN_BLOCKS))


def method_calls(path: Path, names: set[str]) -> Iterator[ast.Attribute]:
    """The method calls in a file that have one of these names."""
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node.func


def imported_from(path: Path, module: str) -> set[str]:
    """The names that a file imports from a module."""
    imports = (node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if node.module == module for alias in node.names}
