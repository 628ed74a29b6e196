"""Reads a policy into plain tuples: a parser of its own, which knows nothing of `authz`.

Conditions: ("and", [...]), ("or", [...]), ("not", condition), ("call", name, terms), ("test", term),
("compare", operator, term, term). Terms: ("value", literal), ("list", terms), ("path", name, steps),
("method", name, steps, method, terms).
"""

import re
from typing import Any, NamedTuple

TOKEN = re.compile(r'\s+|#.*|("(?:[^"\\]|\\.)*"|\w+|==|!=|<=|>=|[-<>=(){}\[\],;:.])')
OPERATORS = ("=", "==", "!=", "<", "<=", ">", ">=", "in")
VALUES = {"true": True, "false": False, "nil": None}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Parameter(NamedTuple):
    """A literal parameter, if `literal` is a tuple of it; else a name with a type, and values that fields must have."""

    literal: tuple[Any, ...] = ()
    name: str = "_"
    type: str = ""
    fields: tuple[tuple[str, Any], ...] = ()


class Rule(NamedTuple):
    """A rule; `body` is None if it has no conditions."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Any


def parse(text: str) -> list[Rule]:
    """Returns the rules of a policy."""
    reader = _Reader(text)
    rules = []
    while reader.tokens:
        rules.append(reader.rule())
    return rules


class _Reader:
    def __init__(self, text: str) -> None:
        position = 0
        self.tokens: list[str] = []
        while position < len(text):
            found = TOKEN.match(text, position)
            assert found, text[position:]
            position = found.end()
            self.tokens += [found[1]] if found[1] else []
        self.tokens.reverse()

    def next(self, *texts: str) -> bool:
        return bool(self.tokens) and self.tokens[-1] in texts

    def take(self, text: str = "") -> str:
        token = self.tokens.pop()
        assert text in ("", token), f"{token} instead of {text}"
        return token

    def skip(self, text: str) -> bool:
        return self.next(text) and bool(self.take())

    def several(self, item: Any, end: str) -> list[Any]:
        """Reads items with commas between them, and `end`."""
        items = []
        while not self.skip(end):
            items.append(item())
            self.skip(",")
        return items

    def rule(self) -> Rule:
        name = self.take()
        self.take("(")
        parameters = self.several(self.parameter, ")")
        body = self.either() if self.skip("if") else None
        self.take(";")
        return Rule(name, tuple(parameters), body)

    def parameter(self) -> Parameter:
        if self.tokens[-1][0] == '"' or self.next(*VALUES):
            return Parameter((self.literal(),))
        name = self.take()
        self.take(":")
        type_name = self.take()
        fields = self.several(self.field, "}") if self.skip("{") else []
        return Parameter((), name, type_name, tuple(fields))

    def field(self) -> tuple[str, Any]:
        name = self.take()
        self.take(":")
        return name, self.literal()

    def literal(self) -> Any:
        token = self.take()
        if token[0] == '"':
            return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), token[1:-1])
        return VALUES[token] if token in VALUES else int(token)

    def either(self) -> Any:
        items = [self.all()]
        while self.skip("or"):
            items.append(self.all())
        return items[0] if len(items) == 1 else ("or", items)

    def all(self) -> Any:
        items = [self.one()]
        while self.skip("and"):
            items.append(self.one())
        return items[0] if len(items) == 1 else ("and", items)

    def one(self) -> Any:
        if self.skip("not"):
            return ("not", self.one())
        if self.skip("("):
            inner = self.either()
            self.take(")")
            return inner
        left = self.term()
        if left[0] == "method" and not left[2] and not left[1]:
            return ("call", left[3], left[4])
        return ("compare", self.take(), left, self.term()) if self.next(*OPERATORS) else ("test", left)

    def term(self) -> Any:
        if self.skip("["):
            return ("list", self.several(self.term, "]"))
        token = self.tokens[-1]
        if token[0] == '"' or token.isdigit() or token in VALUES:
            return ("value", self.literal())
        steps = [self.take()]
        while self.skip("."):
            steps.append(self.take())
        if self.skip("("):
            return (
                "method",
                "".join(steps[:1]) if steps[1:] else "",
                steps[1:-1],
                steps[-1],
                self.several(self.term, ")"),
            )
        return ("path", steps[0], steps[1:])
