"""The texts of the console in its languages, from its own catalogs."""

import re
from functools import cache

from tests.support.paths import ROOT

CATALOGS = ROOT / "console" / "src" / "locales"
MESSAGE = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n?)+)', re.MULTILINE)


@cache
def catalog(language: str) -> dict[str, str]:
    """The texts of a language by the English ones; empty where a text isn't translated."""
    text = (CATALOGS / f"{language}.po").read_text()
    return {_unquoted(source): _unquoted(translation) for source, translation in MESSAGE.findall(text)}


def _unquoted(lines: str) -> str:
    joined = "".join(line[1:-1] for line in lines.splitlines())
    return joined.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def word(language: str, text: str, **values: str) -> str:
    """An English text of the console in `language`, with the values of its placeholders. Raises KeyError if the console
    has no such text, and AssertionError if it isn't translated."""
    translation = catalog(language)[text]
    assert translation, f"{text!r} isn't translated into {language}"
    return re.sub(r"\{(\w+)\}", lambda found: values["_" + found[1] if found[1].isdigit() else found[1]], translation)
