"""Writes the header fields of mails that hold names: folded and encoded so that every parser reads back the same.

The standard library folds a long display name in quotes without the quotes (python/cpython#80222), and treats a name
that looks like an encoded-word as one. Here a name is a few plain words; or a quoted string on one line; or, if it
isn't ASCII or looks like an encoded-word, base64 in encoded-words (RFC 2047), in which no character of the name can
mean anything in the header.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from email.policy import Policy
from typing import Final, Self

LINE_MAX: Final = 76
"""The maximum characters of a line that contains an encoded-word (RFC 2047, section 2)."""

# Words of characters that are special in no header field; RFC 5322 allows more in an atom.
_WORDS: Final = re.compile(r"[A-Za-z0-9'+_-]+(?: [A-Za-z0-9'+_-]+)*", re.ASCII)
_QUOTABLE: Final = re.compile(r"(?!.*=\?)[ -~]+")
_WORD: Final = "=?utf-8?b?{}?="


class FoldedHeader(str):
    """The value of a header field, already folded, so that the email package writes its lines as they are.

    `name` is the name of the field: the email package takes an object with that attribute for a finished header.
    """

    name: str
    lines: Sequence[str]

    def __new__(cls, name: str, lines: Sequence[str]) -> Self:
        """The field `name` with these lines, of which all but the first become continuation lines."""
        header = super().__new__(cls, " ".join(lines))
        header.name, header.lines = name, lines
        return header

    def fold(self, *, policy: Policy) -> str:
        """The whole field, with the line ends of `policy`. The email package calls it."""
        return f"{self.name}: " + f"{policy.linesep} ".join(self.lines) + policy.linesep


def address_header(field: str, display_name: str, mailbox: str) -> FoldedHeader:
    """A field with one address, such as `To`. `mailbox` is a valid address without a quoted local part."""
    if not display_name:
        return FoldedHeader(field, [mailbox])
    return FoldedHeader(field, [*_phrase(field, display_name), f"<{mailbox}>"])


def text_header(field: str, text: str) -> FoldedHeader:
    """A field of unstructured text, such as `Subject`."""
    fits = len(f"{field}: {text}") <= LINE_MAX
    return FoldedHeader(field, [text] if fits and _QUOTABLE.fullmatch(text) else _encoded_words(field, text))


def _phrase(field: str, text: str) -> list[str]:
    if _WORDS.fullmatch(text):
        return [text]
    if _QUOTABLE.fullmatch(text):
        escaped = re.sub(r'([\\"])', r"\\\1", text)
        return [f'"{escaped}"']
    return _encoded_words(field, text)


def _encoded_words(field: str, text: str) -> list[str]:
    # Each word holds whole characters (RFC 2047, section 5); white space between two words is not part of the text.
    words, limit = [b""], _octets_in(len(f"{field}: "))
    for character in text:
        encoded = character.encode()
        if len(words[-1]) + len(encoded) > limit:
            words.append(b"")
            limit = _octets_in(len(" "))
        words[-1] += encoded
    return [_WORD.format(b64encode(word).decode()) for word in words]


def _octets_in(indent: int) -> int:
    """How many octets fit into an encoded-word that follows `indent` characters on its line."""
    return (LINE_MAX - indent - len(_WORD.format(""))) // 4 * 3
