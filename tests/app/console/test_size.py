"""How much a browser loads for the first screen. Needs the built console."""

import re
from pathlib import Path

import pytest

from app.console.build_folder import ASSETS, BUILT, INDEX

LIMIT = 200_000
"""Bytes of JavaScript after gzip."""

STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")

pytestmark = pytest.mark.skipif(not (BUILT / INDEX).is_file(), reason="The console isn't built: run 'make console'.")


def loaded_with(name: str, known: set[str]) -> set[str]:
    """The files that a browser loads for one file, without those that it loads only when they are needed."""
    if name not in known:
        known.add(name)
        for imported in STATIC_IMPORT.findall((BUILT / ASSETS / name).read_text()):
            loaded_with(imported, known)
    return known


@pytest.mark.parametrize("screen", ["SignInPage", "UsersPage"])
def test_the_first_screen_is_small(screen: str) -> None:
    files: set[str] = set()
    for entry in re.findall(r"assets/([\w.-]+\.js)", (BUILT / INDEX).read_text()):
        loaded_with(entry, files)
    (page,) = [path.name for path in (BUILT / ASSETS).glob(f"{screen}-*.js")]
    loaded_with(page, files)
    assert len(files) > 2
    assert sum(Path(BUILT / ASSETS / f"{name}.gz").stat().st_size for name in files) <= LIMIT
