"""Checks and normalizes names, emails and other single-line text, the same for persons and businesses."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from resolvers.errors import Problem, invalid
from resolvers.validation.characters import MARKS_MAX, find_invisible, has_misplaced_marks
from resolvers.validation.links import contains_domain, contains_link

EMAIL_MAX, LOCAL_PART_MAX, DOMAIN_MAX = 254, 64, 255
"""The maximum octets in UTF-8 of an email address, of the part before its @ and of its domain (RFC 5321, section
4.5.3.1; the 256 octets of a path include two angle brackets)."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_WIDTHS: Final = ("<wide>", "<narrow>")
# Cc: control characters, among them NUL, which PostgreSQL can't store, and line breaks, which forge mail headers.
# Cs: lone surrogates, which are not text. Zl and Zp: further line breaks.
_FORBIDDEN_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")


def is_single_line_text(text: str) -> bool:
    """Whether `text` is one line without control characters, which PostgreSQL can store and a mail header can hold."""
    return not any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in text)


def fold_width(text: str) -> str:
    """`text` with full-width and half-width characters replaced by the ordinary ones (RFC 8265, section 3.1).

    `ａｄａ＠ａｃｍｅ．ｅｘａｍｐｌｅ` is `ada@acme.example`.
    """
    return text if text.isascii() else "".join(map(_fold_character_width, text))


def _fold_character_width(character: str) -> str:
    width = unicodedata.decomposition(character).partition(" ")[0] in _WIDTHS
    return unicodedata.normalize("NFKC", character) if width else character


def is_email(text: str) -> bool:
    """Whether `text` can be the email of a user: in lower case, with one @, and within the limits of RFC 5321.

    The detailed syntax is checked where the value enters the API.
    """
    return (
        len(text) <= EMAIL_MAX
        and bool(_EMAIL.fullmatch(text))
        and text == text.lower()
        and text == fold_width(text)
        and find_invisible(text) is None
        and email_length_problem(text) is None
    )


def email_length_problem(email: str) -> str | None:
    """Which limit of RFC 5321 `email` exceeds, as a sentence; None if it exceeds none."""
    local, _, domain = email.rpartition("@")
    if _octets(local) > LOCAL_PART_MAX:
        return f"The part of an email address before the @ has at most {LOCAL_PART_MAX} octets in UTF-8."
    if _octets(domain) > DOMAIN_MAX:
        return f"The domain of an email address has at most {DOMAIN_MAX} octets in UTF-8."
    if _octets(email) > EMAIL_MAX:
        return f"An email address has at most {EMAIL_MAX} octets in UTF-8."
    return None


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def normalize_name(name: str) -> str:
    """A name as it is stored: composed (NFC), without surrounding spaces."""
    return unicodedata.normalize("NFC", name).strip()


def name_problems(name: str, maximum: int, *path: str, of_user: bool = False) -> Iterator[Problem]:
    """The problems of a name of at most `maximum` characters.

    No name may hide characters or contain a link. The name of a user (`of_user`), unlike that of a business, may not
    contain a domain either.
    """
    normalized = normalize_name(name)
    if not normalized:
        yield invalid("Enter a name.", *path)
    elif len(normalized) > maximum:
        yield invalid(f"A name can have at most {maximum} characters.", *path)
    elif message := _content_problem(normalized, of_user):
        yield invalid(message, *path)


def _content_problem(name: str, of_user: bool) -> str | None:
    if not is_single_line_text(name):
        return "A name can't contain line breaks or control characters."
    if invisible := find_invisible(name):
        return f"A name can't contain invisible or unassigned characters: remove U+{ord(invisible):04X}."
    if has_misplaced_marks(name):
        return f"A name can't begin with a combining mark, or have more than {MARKS_MAX} of them in a row."
    if contains_link(name):
        return "A name can't contain a web or email address."
    if of_user and contains_domain(name):
        return "A name can't contain a web address. If it is none, put a space after the dot."
    return None
