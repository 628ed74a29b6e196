"""Formats a policy: changes only spaces and line breaks.

    allow(actor: Member, "view", user: User) if     # the head is on one line,
        # Everybody sees themselves.                  comments are above what they are about, or after it,
        user.id = actor.id and                      # each condition has a line of its own,
        (user.present or user.activated);           # and what is in parentheses is on one line, unless it is too long

The tokens and the comments are the same before and after, in the same order; otherwise, the text is refused.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from authz.language.diagnostics import PolicyError
from authz.language.keywords import RESERVED
from authz.language.lexer import Token, tokenize
from authz.language.parser import parse

WIDTH = 120
INDENT = 4
BLANK_LINES = 2
"""How many blank lines may follow each other."""

_COMMENT = re.compile(r"#[^\n]*")
_START = Token("start", "", 0, 1, 1)

_Spaced = tuple[str, Token]
"""A token with the blanks and comments before it."""


class FormatError(Exception):
    """The formatter would change more than spaces and line breaks: a defect of the formatter."""


def format_policy(text: str, file: str) -> str:
    """Returns `text` formatted, with its own line ends. Raises PolicyError if it has errors, and FormatError."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    _, diagnostics = parse(text, file)
    if diagnostics:
        raise PolicyError(diagnostics)
    lines: list[str] = []
    for rule in _rules(_spaced(text, file)):
        behind, above = _gap(rule[0][0], at_start=not lines)
        _add_behind(lines, behind)
        lines += above
        if rule[0][1].kind != "end":
            lines += _rule_lines(rule)
    formatted = "\n".join(_without_many_blank(lines)).strip("\n")
    formatted = f"{formatted}\n" if formatted else ""
    if _content(formatted, file) != _content(text, file):
        raise FormatError(f"{file} can't be formatted without changing its meaning, so it stays as it is.")
    return formatted.replace("\n", line_end)


def _spaced(text: str, file: str) -> list[_Spaced]:
    tokens = tokenize(text, file)
    return [(text[before.end : token.start], token) for before, token in pairwise([_START, *tokens])]


def _content(text: str, file: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The tokens and the comments."""
    spaced = _spaced(text, file)
    return [(token.kind, token.text) for _, token in spaced], [each for gap, _ in spaced for each in _comments(gap)]


def _comments(gap: str) -> list[str]:
    return [comment.group().rstrip() for comment in _COMMENT.finditer(gap)]


def _rules(spaced: Sequence[_Spaced]) -> Iterator[list[_Spaced]]:
    """Yields the tokens of each rule, and the end of the file."""
    rule: list[_Spaced] = []
    for each in spaced:
        rule.append(each)
        if each[1].kind == "end" or (each[1].kind == "symbol" and each[1].text == ";"):
            yield rule
            rule = []


def _gap(gap: str, *, at_start: bool = False) -> tuple[str, list[str]]:
    """Returns the comment on the line of the token before the gap, and the lines between the two tokens."""
    behind, *lines = ("", *gap.split("\n")) if at_start else gap.split("\n")
    lines = [line.strip() for line in lines]
    if lines and not lines[-1]:
        lines.pop()  # what is before the next token on its line
    return behind.strip(), lines


def _add_behind(lines: list[str], comment: str) -> None:
    if comment:
        lines[-1] += f"  {comment}"


def _without_many_blank(lines: Sequence[str]) -> Iterator[str]:
    blank = 0
    for line in lines:
        blank = 0 if line else blank + 1
        if blank <= BLANK_LINES:
            yield line


def _rule_lines(rule: Sequence[_Spaced]) -> list[str]:
    lines: list[str] = []
    for number, unit in enumerate(_split(rule, ("if", "and", "or"))):
        indent = INDENT if number else 0
        behind, above = _gap(unit[0][0]) if number else ("", [])
        _add_behind(lines, behind)
        inside = (comment for gap, _ in unit[1:] for comment in _comments(gap))
        lines += (f"{'':{indent}}{comment}" for comment in (*filter(None, above), *inside))
        lines += _laid_out([token for _, token in unit], indent)
    return lines


def _split(spaced: Sequence[_Spaced], words: Sequence[str]) -> Iterator[list[_Spaced]]:
    """Yields the parts that end with one of `words`, if it is not in parentheses, and the rest."""
    part: list[_Spaced] = []
    depth = 0
    for each in spaced:
        part.append(each)
        token = each[1]
        depth += _opens(token) - _closes(token)
        if not depth and token.kind in ("name", "symbol") and token.text in words:
            yield part
            part = []
    if part:
        yield part


def _opens(token: Token) -> bool:
    return token.kind == "symbol" and token.text in "([{"


def _closes(token: Token) -> bool:
    return token.kind == "symbol" and token.text in ")]}"


def _laid_out(tokens: Sequence[Token], indent: int) -> Iterator[str]:
    """Yields the tokens as one line, or if it would be too long, with what is in its longest brackets below."""
    line = f"{'':{indent}}{_joined(tokens)}"
    group = _longest_group(tokens) if len(line) > WIDTH else None
    if group is None:
        yield line
        return
    start, end = group
    yield f"{'':{indent}}{_joined(tokens[: start + 1])}"
    for part in _split([("", token) for token in tokens[start + 1 : end]], (",", "and", "or")):
        yield from _laid_out([token for _, token in part], indent + INDENT)
    yield from _laid_out(tokens[end:], indent)


def _longest_group(tokens: Sequence[Token]) -> tuple[int, int] | None:
    """Returns the places of the outermost brackets with most between them; None if there is nothing in any."""
    groups, start, depth = [], 0, 0
    for place, token in enumerate(tokens):
        if _opens(token):
            start = start if depth else place
            depth += 1
        elif _closes(token):
            depth -= 1
            if depth == 0 and place > start + 1:
                groups.append((start, place))
    return max(groups, key=lambda group: tokens[group[1]].start - tokens[group[0]].start, default=None)


def _joined(tokens: Sequence[Token]) -> str:
    text = tokens[0].text
    for before, token in pairwise(tokens):
        text += f" {token.text}" if _is_apart(before, token) else token.text
    return text


def _is_apart(before: Token, token: Token) -> bool:
    """Whether there is a blank between the two."""
    if token.kind == "symbol" and token.text in ")]},;.:{":
        return False
    if before.kind == "symbol" and before.text in "([{.":
        return False
    if token.kind == "symbol" and token.text == "(":
        return before.kind != "name" or before.text in RESERVED
    return True
