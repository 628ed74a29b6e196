"""Lexer: splits a Polar source into tokens with positions. Oso offers no access to its own parse of a policy."""

import re
from dataclasses import dataclass

from authz.language.diagnostics import Diagnostic

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|\#[^\n]*)
  | (?P<string>"(?:[^"\\\n]|\\[nrt0"\\])*")
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<symbol>==|!=|<=|>=|:=|\?=|[-+*/%<>=(){}\[\],;:.|!?@&^~$])
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


class PolarSyntaxError(Exception):
    """The source has a syntax error, or a construct that is not supported."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def tokenize(text: str, file: str) -> list[Token]:
    """Returns all tokens of `text`, then one of kind `end`. Raises PolarSyntaxError at a character that begins none."""
    tokens: list[Token] = []
    offset, line, line_start = 0, 1, 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        column = offset - line_start + 1
        if match is None:
            message = ("No token of Polar begins with this character.", 'Quote text with ".')
            if text[offset] == '"':
                message = (
                    'This text has no closing " on its line, or an invalid escape after a \\.',
                    "Write it on one line.",
                )
            raise PolarSyntaxError(Diagnostic(file, line, column, text[offset], *message))
        kind = str(match.lastgroup)
        if kind != "blank":
            tokens.append(Token(kind, match.group(), offset, line, column))
        if line_breaks := match.group().count("\n"):
            line += line_breaks
            line_start = match.start() + match.group().rindex("\n") + 1
        offset = match.end()
    tokens.append(Token("end", "", offset, line, offset - line_start + 1))
    return tokens
