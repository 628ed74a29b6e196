"""How much a browser loads for the first screen. Needs the built console."""

import pytest

from tests.support.console.bundle import asset, first_files, is_built, loaded_with, named

LIMIT = 200_000
"""Bytes of JavaScript after gzip."""

pytestmark = pytest.mark.skipif(not is_built(), reason="The console isn't built: run 'make console'.")


@pytest.mark.parametrize("screen", ["SignInPage", "UsersPage"])
def test_the_first_screen_is_small(screen: str) -> None:
    files = first_files() | loaded_with(named(screen)) | {named(f"en.{screen}")}
    assert len(files) > 2
    assert sum(asset(f"{name}.gz").stat().st_size for name in files) <= LIMIT
