"""What a browser loads of the built console."""

import re
from pathlib import Path

from app.console.build_folder import ASSETS, BUILT, INDEX

STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")


def is_built() -> bool:
    return (BUILT / INDEX).is_file()


def asset(name: str) -> Path:
    return BUILT / ASSETS / name


def named(name: str) -> str:
    """The file of a page, or of a catalog, by its name without the hash."""
    (path,) = (
        path
        for path in (BUILT / ASSETS).glob(f"{name}-*.js")
        if re.fullmatch(rf"{re.escape(name)}-[\w-]{{8}}\.js", path.name)
    )
    return path.name


def loaded_with(*names: str) -> set[str]:
    """The files that a browser loads for these, without those that it loads only when they are needed."""
    known: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting += STATIC_IMPORT.findall(asset(name).read_text())
    return known


def first_files() -> set[str]:
    """The files that every page has."""
    return loaded_with(*re.findall(r"assets/([\w.-]+\.js)", (BUILT / INDEX).read_text()))
