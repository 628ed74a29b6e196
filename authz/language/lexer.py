"""Lexer: splits a Polar source into tokens with positions. Oso offers no access to its own parse of a policy."""

import re
from dataclasses import dataclass

from authz.language.diagnostics import Diagnostic

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+|\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\[nrt0"\\])*")
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<symbol>==|!=|<>|<=|>=|:=|\?=|[-+*/%<>=(){}\[\],;:.|!?@&^~$])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `kind` is string, number, name, symbol, or end. `line` and `column` count from 1, `start` from 0."""

    kind: str
    text: str
    start: int
    line: int
    column: int

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that PostgreSQL can't store: no text in the database has them, and a statement with one fails."""

_NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*(\\0)")


class PolarSyntaxError(Exception):
    """The source has a syntax error, or a construct that is not supported."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def tokenize(text: str, file: str) -> list[Token]:
    """Returns all tokens of `text`, then one of kind `end`. Raises PolarSyntaxError at a character that begins none."""
    tokens: list[Token] = []
    offset, line, line_start = 0, 1, 0
    is_storable = _UNSTORABLE.search(text) is None and "\\0" not in text
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        column = offset - line_start + 1
        if match is None:
            raise PolarSyntaxError(Diagnostic(file, line, column, *_unreadable(text[offset], offset)))
        kind, token = str(match.lastgroup), match.group()
        if not is_storable and (unstorable := _unstorable(token, kind)) is not None:
            at, excerpt = unstorable
            raise PolarSyntaxError(Diagnostic(file, line, column + at, excerpt, *_UNSTORABLE_MESSAGE))
        if kind != "blank":
            tokens.append(Token(kind, token, offset, line, column))
        elif line_breaks := token.count("\n"):
            line += line_breaks
            line_start = offset + token.rindex("\n") + 1
        offset = match.end()
    tokens.append(Token("end", "", offset, line, offset - line_start + 1))
    return tokens


_UNSTORABLE_MESSAGE = (
    "PostgreSQL can't store this character: no text in the database has it, and every statement with it would fail.",
    "Remove it.",
)


def _unstorable(token: str, kind: str) -> tuple[int, str] | None:
    """Returns the place in `token` of a character that PostgreSQL can't store, and how it is written; None if none."""
    found = _UNSTORABLE.search(token)
    if found is not None:
        return found.start(), f"U+{ord(found.group()):04X}"
    escape = _NUL_ESCAPE.search(token) if kind == "string" else None
    return None if escape is None else (escape.start(1), escape[1])


def _unreadable(character: str, offset: int) -> tuple[str, str, str]:
    """Returns the text, the reason and the suggestion for a character with which no token begins."""
    code = f"U+{ord(character):04X}"
    if character == '"':
        reason = 'This text has no closing " on its line, or an invalid escape after a \\.'
        return character, reason, "Write it on one line."
    if character == "\ufeff":
        place = "The file begins with a byte order mark." if offset == 0 else "This is a byte order mark."
        return code, place, "Save the file as UTF-8 without one."
    if character.isspace():
        return code, "This blank is not a plain space.", "Replace it with a space."
    if _UNSTORABLE.match(character):
        return code, *_UNSTORABLE_MESSAGE
    if not character.isprintable():
        return code, "This character is invisible.", "Remove it."
    return character, "No token of Polar begins with this character.", 'Quote text with ".'
