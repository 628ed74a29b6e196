"""The console has a translation of each sentence with which the server advises on a password."""

import ast
import inspect
from collections.abc import Iterator

import zxcvbn.feedback

from resolvers.identity.password_strength import length_weakness
from tests.support.paths import ROOT

WORDS = (ROOT / "console" / "src" / "account" / "adviceWords.ts").read_text()


def sentences() -> Iterator[str]:
    """The sentences of zxcvbn, which it marks for translation, and those of the server."""
    for node in ast.walk(ast.parse(inspect.getsource(zxcvbn.feedback))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield ast.literal_eval(node.args[0])
    yield length_weakness("short") or ""


def test_each_sentence_has_a_translation() -> None:
    found = {sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences()}
    assert len(found) > 25
    missing = [sentence for sentence in found if f"'{sentence}':" not in WORDS and f'"{sentence}":' not in WORDS]
    assert missing == []
