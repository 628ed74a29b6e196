"""Checks and normalizes names, emails and other single-line text, the same for persons and businesses."""

import re
import unicodedata
from collections.abc import Iterator

from resolvers.errors import Problem, invalid

EMAIL_MAX = 254

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# Cc: control characters, among them NUL, which PostgreSQL can't store, and line breaks, which forge mail headers.
# Cs: lone surrogates, which are not text. Zl and Zp: further line breaks.
_FORBIDDEN_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")


def is_single_line_text(text: str) -> bool:
    """Whether `text` is one line without control characters, which PostgreSQL can store and a mail header can hold."""
    return not any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in text)


def is_email(text: str) -> bool:
    """Whether `text` can be the email of a user: in lower case, 3 to 254 characters, one @.

    The detailed syntax is checked where the value enters the API.
    """
    return (
        len(text) <= EMAIL_MAX and bool(_EMAIL.fullmatch(text)) and text == text.lower() and is_single_line_text(text)
    )


def normalize_name(name: str) -> str:
    """A name as it is stored: composed (NFC), without surrounding spaces."""
    return unicodedata.normalize("NFC", name).strip()


def name_problems(name: str, maximum: int, *path: str) -> Iterator[Problem]:
    """The problems of a name of at most `maximum` characters."""
    normalized = normalize_name(name)
    if not normalized:
        yield invalid("Enter a name.", *path)
    elif len(normalized) > maximum:
        yield invalid(f"A name can have at most {maximum} characters.", *path)
    elif not is_single_line_text(normalized):
        yield invalid("A name can't contain line breaks or control characters.", *path)
