"""The shape of a policy: rules with typed parameters, and bodies of conditions. What is not let through has no shape.

A source that this parser takes means the same to Oso; it is stricter than Oso, never laxer.
"""

from dataclasses import dataclass

from authz.language.lexer import Token


@dataclass(frozen=True, slots=True)
class Span:
    """From which character to which a thing goes, and where it begins."""

    start: int
    end: int
    line: int
    column: int


def span_between(first: Token, last: Token) -> Span:
    """The span from the beginning of `first` to the end of `last`."""
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
    """A variable, or what is reached from it: `service.contract_account.name`."""

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
    """The use of a rule."""

    span: Span
    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and one of = == != < <= > >= in."""

    span: Span
    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class BooleanTest:
    """An operand that has to be true."""

    span: Span
    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """A denial: `not item`."""

    span: Span
    item: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """All of `items`, in this order."""

    span: Span
    items: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """One of `items`."""

    span: Span
    items: "tuple[Condition, ...]"


Condition = RuleCall | Comparison | BooleanTest | Not | And | Or


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule: a literal, or a name with its type and the fields asked for (`Member{audience: "X"}`).

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
    """One rule. `if_end` is the offset behind `if`, None where there is no body; `end` that of the semicolon."""

    span: Span
    name: str
    parameters: tuple[Parameter, ...]
    body: Condition | None
    if_end: int | None
    end: int
