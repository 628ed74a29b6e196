"""A strict parser of one mailbox in a header field (RFC 5322, section 3.4), as a second opinion on what a mail says.

It knows atoms, quoted strings and encoded-words (RFC 2047), no comments and no obsolete forms, and raises ValueError
for anything else.
"""

import re
from base64 import b64decode

_ATEXT = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\U0010ffff]"
_DOT_ATOM = rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
_ADDRESS = re.compile(rf"({_DOT_ATOM}@{_DOT_ATOM})")
_WORD = re.compile(rf'({_ATEXT}+)|"((?:[^"\\]|\\.)*)"')
_ENCODED = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/=]*)\?=", re.IGNORECASE)
LINE_MAX, ENCODED_WORD_MAX = 998, 75


def header(message: bytes, name: str) -> str:
    """The field `name` of a message, unfolded, which must occur once and have lines within the limits."""
    head = message.partition(b"\r\n\r\n")[0].decode()
    fields = [field for field in re.split(r"\r\n(?![ \t])", head) if field.lower().startswith(f"{name.lower()}:")]
    if len(fields) != 1 or any(len(line.encode()) > LINE_MAX for line in head.split("\r\n")):
        raise ValueError(f"{len(fields)} fields, or a line is too long")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", fields[0])
    if re.search(r"[\r\n\0]", unfolded):
        raise ValueError("a bare line end")
    return unfolded.partition(":")[2].strip(" ")


def parse_mailbox(value: str) -> tuple[str, str]:
    """The display name and the address of a field with exactly one mailbox."""
    if _ADDRESS.fullmatch(value):
        return "", value
    phrase, bracket, rest = value.rpartition("<")
    address = rest[:-1]
    if not bracket or not rest.endswith(">") or not _ADDRESS.fullmatch(address):
        raise ValueError(f"no mailbox: {value}")
    return parse_phrase(phrase.rstrip(" ")), address


def parse_phrase(phrase: str) -> str:
    """The text of a phrase: words with single spaces, but none between two encoded-words."""
    text, position, after_encoded = "", 0, False
    while position < len(phrase):
        match = _WORD.match(phrase, position)
        if match is None:
            raise ValueError(f"no word at {position}: {phrase}")
        atom, quoted = match.groups()
        encoded = _ENCODED.fullmatch(atom) if atom else None
        space = " " if text and not (encoded and after_encoded) else ""
        text += space + (_decode(encoded) if encoded else atom or re.sub(r"\\(.)", r"\1", quoted))
        after_encoded, position = bool(encoded), match.end()
        while phrase[position : position + 1] == " ":
            position += 1
    return text


def parse_text(value: str) -> str:
    """The text of an unstructured field, such as `Subject`, whose words are all plain or all encoded."""
    words = value.split(" ")
    encoded = [_ENCODED.fullmatch(word) for word in words]
    if not any(encoded):
        return value
    return "".join(_decode(word) for word in encoded if word is not None)


def _decode(word: re.Match[str]) -> str:
    if len(word[0]) > ENCODED_WORD_MAX:
        raise ValueError("an encoded-word is too long")
    return b64decode(word[1], validate=True).decode()
