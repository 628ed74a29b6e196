"""Syntax tree of a policy: rules with typed parameters, and bodies of conditions.

Unsupported constructs have no node. A source that the parser accepts means the same to Oso: the parser is stricter than
Oso, never laxer.
"""

from dataclasses import dataclass

from authz.language.lexer import Token


@dataclass(frozen=True, slots=True)
class Span:
    """A range of the source: `start` and `end` are offsets from 0, `line` and `column` of the start count from 1."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The position of a rule: its file, and the line on which it begins, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def span_between(first: Token, last: Token) -> Span:
    """Returns the span from the start of `first` to the end of `last`."""
    return Span(first.start, last.end, first.line, first.column)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a number, true, false or nil."""

    span: Span
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """A list: `[...]`."""

    span: Span
    items: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class PathExpression:
    """A variable, or a path from it: `service.contract_account.name`."""

    span: Span
    root: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call: `path(arguments)`; the last step of `path` is the method."""

    span: Span
    path: PathExpression
    arguments: "tuple[Operand, ...]"


Operand = Literal | ListLiteral | PathExpression | MethodCall


@dataclass(frozen=True, slots=True)
class RuleCall:
    """A call of a rule."""

    span: Span
    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands, compared with one of = == != < <= > >= in."""

    span: Span
    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class BooleanTest:
    """An operand that must be true."""

    span: Span
    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """A negation: `not item`."""

    span: Span
    item: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """A conjunction of `items`, in source order."""

    span: Span
    items: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """A disjunction of `items`."""

    span: Span
    items: "tuple[Condition, ...]"


Condition = RuleCall | Comparison | BooleanTest | Not | And | Or


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule: a literal, or a name with its type and required field values (`Member{audience: "X"}`).

    `fields_span` covers the braces.
    """

    span: Span
    name: str | None
    type: str | None
    fields: tuple[tuple[str, Literal], ...]
    literal: Literal | None
    fields_span: Span | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `if_end` is the offset after `if`, None without a body; `end` is the offset of the semicolon."""

    span: Span
    name: str
    parameters: tuple[Parameter, ...]
    body: Condition | None
    if_end: int | None
    end: int
