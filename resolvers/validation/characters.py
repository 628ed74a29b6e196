"""Finds characters that a reader can't see, or that change what a reader sees around them.

The rules are those of the FreeformClass of PRECIS (RFC 8264, section 4.3): no control characters, no code points that
are unassigned or for private use, and none that programs ignore when they display text (bidirectional controls, zero
width spaces, fillers, variation selectors, tags). U+200C and U+200D are allowed inside words of the scripts that need
them (RFC 5892, appendices A.1 and A.2). The contextual rules for visible characters, such as the middle dot, are not
applied.
"""

import unicodedata
from functools import lru_cache
from typing import Final

from precis_i18n.context import context_rule_error
from precis_i18n.derived import CONTEXTJ, CONTEXTO, FREE_PVAL, PVALID, derived_property
from precis_i18n.unicode import UnicodeData

MARKS_MAX: Final = 4
"""The maximum number of successive nonspacing marks (UTS #39, section 5.4)."""

_UNICODE: Final = UnicodeData()
_VISIBLE: Final = (PVALID, FREE_PVAL, CONTEXTO)
# Symbols that are drawn as blanks, which PRECIS allows: BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD; and the
# placeholder of an object that is missing.
_BLANKS: Final = frozenset("\u2800\U0001d159\ufffc")


def find_invisible(text: str) -> str | None:
    """The first character of `text` that is not allowed, or None. Line breaks are not allowed either."""
    if text.isascii() and text.isprintable():
        return None
    for position, character in enumerate(text):
        property_ = _derived_property(character)
        if property_ == CONTEXTJ:
            if not _joins_letters(text, position):
                return character
        elif property_ not in _VISIBLE or character in _BLANKS:
            return character
    return None


def has_misplaced_marks(text: str) -> bool:
    """Whether `text` begins with a combining mark, which would change the text before it, or stacks too many marks."""
    if text.isascii():
        return False
    count = 0
    for position, character in enumerate(unicodedata.normalize("NFD", text)):
        category = unicodedata.category(character)
        if position == 0 and category.startswith("M"):
            return True
        count = count + 1 if category in ("Mn", "Me") else 0
        if count > MARKS_MAX:
            return True
    return False


@lru_cache(maxsize=4096)
def _derived_property(character: str) -> str:
    return derived_property(ord(character), _UNICODE)[0]


def _joins_letters(text: str, position: int) -> bool:
    following = text[position + 1 : position + 2]
    return (
        bool(following)
        and unicodedata.category(following)[0] in "LM"
        and not context_rule_error(text, position, _UNICODE)
    )
