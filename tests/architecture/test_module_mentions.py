"""Modules and files that the code names in back-quotes, in docstrings, comments and messages, exist."""

import re
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.source_files import LAYERS, relative, sources

FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|polar|graphql|toml|yaml|mjs))`")
MODULE = re.compile(rf"`((?:{'|'.join([*LAYERS, 'benchmarks', 'tests'])})(?:\.\w+)+)`")
EXAMPLES = {"edited.polar", "mine.polar", "candidate.polar", "__init__.py", "tests/golden/plans/x.graphql"}
"""Files that only examples have, and one that every package has."""


def is_file(name: str, path: Path) -> bool:
    """Whether a name in `path` is a file, seen from its folder or from one above it in the repository."""
    return any((folder / name).is_file() for folder in path.parents if folder.is_relative_to(ROOT))


def is_module(name: str) -> bool:
    """Whether a dotted name is a module or a package, or something in one."""
    folder, parts = ROOT, name.split(".")
    while parts and (folder / parts[0]).is_dir():
        folder /= parts.pop(0)
    file = folder / "__init__.py"
    if parts and (folder / f"{parts[0]}.py").is_file():
        file = folder / f"{parts.pop(0)}.py"
    return not parts or (file.is_file() and re.search(rf"\b{parts[0]}\b", file.read_text()) is not None)


def test_what_is_named_exists() -> None:
    texts = {path: path.read_text() for path in (*sources(), *sources("tests"), *sources("benchmarks"))}
    files = {(path, name) for path, text in texts.items() for name in FILE.findall(text)}
    modules = {(path, name) for path, text in texts.items() for name in MODULE.findall(text)}
    assert len(files) > 20
    missing = {(path, name) for path, name in files if not is_file(name, path) and name not in EXAMPLES}
    missing |= {(path, name) for path, name in modules if not is_module(name)}
    assert sorted(f"{relative(path)}: `{name}`" for path, name in missing) == []
