"""The words of a Polar source, each with its place. Oso has no way to show how it parsed a policy."""

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
    """One word. `kind` is string, number, name, symbol, or end. `line` and `column` count from 1, `start` from 0."""

    kind: str
    text: str
    start: int
    line: int
    column: int

    @property
    def end(self) -> int:
        """The offset behind the last character."""
        return self.start + len(self.text)


class PolarSyntaxError(Exception):
    """A construct that is not let through."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def tokenize(text: str, file: str) -> list[Token]:
    """All tokens of `text`, with one of kind `end` behind the last. Raises Refused at a character that begins none."""
    tokens: list[Token] = []
    place, line, line_start = 0, 1, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        column = place - line_start + 1
        if match is None:
            why = ("Nothing in Polar begins like this.", 'Quote text with ".')
            if text[place] == '"':
                why = (
                    'This text has no closing " on its line, or a \\ that begins no escape.',
                    "Write it on one line.",
                )
            raise PolarSyntaxError(Diagnostic(file, line, column, text[place], *why))
        kind = str(match.lastgroup)
        if kind != "blank":
            tokens.append(Token(kind, match.group(), place, line, column))
        if breaks := match.group().count("\n"):
            line += breaks
            line_start = match.start() + match.group().rindex("\n") + 1
        place = match.end()
    tokens.append(Token("end", "", place, line, place - line_start + 1))
    return tokens
