"""Each page brings its own texts, in each language. Needs the built console."""

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from app.console.build_folder import ASSETS, BUILT
from tests.support.console.bundle import asset, first_files, is_built, loaded_with, named
from tests.support.console.words import catalog

LANGUAGES = ["en", "de"]

CATALOG = re.compile(r"""JSON\.parse\((["'`])(.*?)(?<!\\)\1\)""", re.DOTALL)
USED = re.compile(r"""\bid:["'`]([A-Za-z0-9+/]{6})["'`](?=[,}])""")
"""The id of a message where the app uses it."""
ESCAPED = re.compile(r"\\(.)")

pytestmark = pytest.mark.skipif(not is_built(), reason="The console isn't built: run 'make console'.")


def messages(name: str) -> dict[str, object]:
    """The catalog in a file."""
    found = CATALOG.search(asset(name).read_text())
    return json.loads(ESCAPED.sub(r"\1", found[2])) if found else {}


def lazy_parts() -> list[str]:
    """What brings its own catalogs: the pages and dialogs that are loaded when they are opened."""
    return sorted(path.name.split(".")[1][:-9] for path in (BUILT / ASSETS).glob("en.*.js"))


def used_in(files: set[str]) -> set[str]:
    return {id for name in files for id in USED.findall(asset(name).read_text())}


def test_there_are_lazy_parts() -> None:
    assert {"SignInPage", "UsersPage", "UserDialog"} <= set(lazy_parts())


@pytest.mark.parametrize("part", lazy_parts() if is_built() else [])
def test_a_part_has_its_messages(part: str) -> None:
    """Without its message, a text would show its id. What two parts share may be in the file of one of them, with texts
    that only that one shows: these are in its own catalog."""
    files = first_files() | loaded_with(named(part))
    used, beside = used_in(files), [other for other in lazy_parts() if named(other) in files]
    assert used
    assert part in beside
    for language in LANGUAGES:
        everywhere = messages(named("language") if language == "en" else named(f"{language}.main"))
        own = {id for other in beside for id in messages(named(f"{language}.{other}"))}
        assert used <= everywhere.keys() | own, language


@pytest.mark.parametrize("part", lazy_parts() if is_built() else [])
def test_a_part_brings_nothing_of_the_first_screen(part: str) -> None:
    assert messages(named("language")).keys().isdisjoint(messages(named(f"en.{part}")))


def test_everything_is_translated() -> None:
    """Where it fails: `npm run messages`, then fill in what is empty in src/locales/."""
    used = messages(named("language")).keys() | {id for part in lazy_parts() for id in messages(named(f"en.{part}"))}
    for language in LANGUAGES[1:]:
        known = {
            b64encode(sha256(f"{text}\x1f".encode()).digest()).decode()[:6]: text
            for text, translation in catalog(language).items()
            if translation
        }
        assert used <= known.keys()
