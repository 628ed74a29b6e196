"""Recursive-descent parser: turns a Polar source into rules, and each unsupported construct into a diagnostic."""

from functools import lru_cache

from authz.language.ast import (
    And,
    BooleanTest,
    Comparison,
    Condition,
    ListLiteral,
    Literal,
    MethodCall,
    Not,
    Operand,
    Or,
    Parameter,
    PathExpression,
    Rule,
    RuleCall,
    span_between,
)
from authz.language.diagnostics import Diagnostic
from authz.language.keywords import (
    ARITHMETIC,
    ARITHMETIC_REASON,
    BLOCKS,
    COMPARISONS,
    FORBIDDEN,
    FOREIGN,
    MAX_DEPTH,
    MIXED,
    NAMED_VALUES,
    RESERVED,
    UNUSABLE,
)
from authz.language.lexer import PolarSyntaxError, Token, tokenize

_CACHED_TEXTS = 4
"""The linter and the compilers of one policy parse the same text, one after another."""


def parse(text: str, file: str) -> tuple[list[Rule], list[Diagnostic]]:
    """Returns the rules of `text` that could be parsed, and a diagnostic for each other one."""
    rules, diagnostics = _parse(text, file)
    return list(rules), list(diagnostics)


@lru_cache(_CACHED_TEXTS)
def _parse(text: str, file: str) -> tuple[tuple[Rule, ...], tuple[Diagnostic, ...]]:
    try:
        tokens = tokenize(text, file)
    except PolarSyntaxError as error:
        return (), (error.diagnostic,)
    rules, diagnostics = _Parser(tokens, file).rules()
    return tuple(rules), tuple(diagnostics)


class _Parser:
    def __init__(self, tokens: list[Token], file: str) -> None:
        self._tokens = tokens
        self._file = file
        self._index = 0
        self._depth = 0
        self._joined = False  # whether the conditions that were parsed last are joined by `and`, without parentheses

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def _accept(self, text: str) -> bool:
        if self._next.text == text and self._next.kind in ("symbol", "name"):
            self._take()
            return True
        return False

    def _expect(self, text: str) -> Token:
        if self._next.text != text or self._next.kind == "string":
            raise self._error(self._next, f"`{text}` was expected here.", "")
        return self._take()

    def _name(self, expected: str) -> Token:
        token = self._next
        if token.kind != "name" or token.text in RESERVED:
            raise self._error(token, f"{expected} was expected here.", "")
        return self._take()

    def _new_name(self, expected: str) -> Token:
        """Takes a name that the author chose: of a rule or a parameter, or of a variable."""
        if self._next.kind == "name" and self._next.text in UNUSABLE:
            raise self._error(self._next, "This word has a meaning of its own in Polar.", "Choose another name.")
        return self._name(expected)

    def _error(self, token: Token, reason: str, suggestion: str) -> PolarSyntaxError:
        text = token.text or "end of file"
        return PolarSyntaxError(Diagnostic(self._file, token.line, token.column, text, reason, suggestion))

    def _last(self) -> Token:
        return self._tokens[self._index - 1]

    def rules(self) -> tuple[list[Rule], list[Diagnostic]]:
        rules: list[Rule] = []
        diagnostics: list[Diagnostic] = []
        while self._next.kind != "end":
            try:
                rules.append(self._rule())
            except PolarSyntaxError as error:
                diagnostics.append(error.diagnostic)
                self._depth = 0
                while self._next.kind != "end" and self._take().text != ";":
                    pass
        return rules, diagnostics

    def _rule(self) -> Rule:
        first = self._next
        if first.text == "?=":
            raise self._error(first, "A policy contains no queries.", "Write a test instead.")
        name = self._next
        if name.text in BLOCKS and self._tokens[self._index + 1].text != "(":
            raise self._error(first, "Blocks, roles and rule types are not supported.", "Write plain `allow` rules.")
        self._new_name("The name of a rule")
        self._expect("(")
        parameters: list[Parameter] = []
        while not self._accept(")"):
            parameters.append(self._parameter())
            if self._next.text != ")":
                self._expect(",")
        if_end = self._last().end if self._accept("if") else None
        body = self._or() if if_end is not None else None
        semicolon = self._semicolon("`and`, `or` or `;`" if body else "`if` or `;`")
        return Rule(span_between(first, semicolon), name.text, tuple(parameters), body, if_end, semicolon.start)

    def _semicolon(self, expected: str) -> Token:
        """Takes the semicolon of a rule. If it is missing, the error is at the end of the rule, not at the next one."""
        if self._next.text == ",":
            raise self._error(self._next, "Conditions are joined by keywords.", "Write `and` or `or`.")
        if self._next.text in FOREIGN:
            raise self._error(self._next, *FOREIGN[self._next.text])
        if self._next.text != ";":
            raise self._error(self._last(), f"{expected} was expected after this.", "")
        return self._take()

    def _parameter(self) -> Parameter:
        first = self._next
        if first.kind in ("string", "number") or first.text in NAMED_VALUES:
            literal = self._literal()
            return Parameter(literal.span, None, None, (), literal, None)
        name = self._new_name("A parameter")
        if not self._accept(":"):
            return Parameter(span_between(first, name), name.text, None, (), None, None)
        type_name = self._name("A type")
        brace = self._next
        fields: list[tuple[str, Literal]] = []
        if not self._accept("{"):
            return Parameter(span_between(first, type_name), name.text, type_name.text, (), None, None)
        while not self._accept("}"):
            field = self._name("A field")
            self._expect(":")
            fields.append((field.text, self._literal()))
            if self._next.text != "}":
                self._expect(",")
        span = span_between(brace, self._last())
        return Parameter(span_between(first, self._last()), name.text, type_name.text, tuple(fields), None, span)

    def _literal(self) -> Literal:
        token = self._next
        if token.kind == "string":
            self._take()
            return Literal(span_between(token, token), _unquoted(token.text))
        if token.kind == "number":
            self._take()
            return Literal(span_between(token, token), float(token.text) if "." in token.text else int(token.text))
        if token.text in NAMED_VALUES:
            self._take()
            return Literal(span_between(token, token), NAMED_VALUES[token.text])
        raise self._error(token, "A literal was expected here.", "Write text in quotes, true, false or nil.")

    def _or(self) -> Condition:
        first, items = self._next, [self._and()]
        joined = self._joined
        while self._next.text == "or" and self._next.kind == "name":
            keyword = self._take()
            items.append(self._and())
            joined = joined or self._joined
            if joined:
                raise self._error(keyword, *MIXED)
        return items[0] if len(items) == 1 else Or(span_between(first, self._last()), tuple(items))

    def _and(self) -> Condition:
        first, items = self._next, [self._not()]
        while self._accept("and"):
            items.append(self._not())
        self._joined = len(items) > 1
        return items[0] if len(items) == 1 else And(span_between(first, self._last()), tuple(items))

    def _not(self) -> Condition:
        first = self._next
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(first, "These conditions are nested too deep.", "Write a part of them as another rule.")
        if self._accept("not"):
            inner = self._not()
            item: Condition = Not(span_between(first, self._last()), inner)
        else:
            item = self._condition()
        self._depth -= 1
        return item

    def _condition(self) -> Condition:
        first = self._next
        if self._accept("("):
            inner = self._or()
            self._expect(")")
            self._reject_operator()
            return inner
        if first.kind == "name" and first.text not in RESERVED and self._tokens[self._index + 1].text == "(":
            self._take()
            arguments = self._arguments()
            call = RuleCall(span_between(first, self._last()), first.text, arguments)
            self._reject_operator()
            return call
        left = self._operand()
        if self._next.text not in COMPARISONS or self._next.kind == "string":
            self._reject_operator()
            return BooleanTest(left.span, left)
        operator = self._take().text
        right = self._operand()
        self._reject_operator()
        return Comparison(span_between(first, self._last()), operator, left, right)

    def _reject_operator(self) -> None:
        token = self._next
        if token.kind == "string":
            return
        self._reject_foreign(token)
        if token.text in FORBIDDEN:
            raise self._error(token, *FORBIDDEN[token.text])
        if token.text == ":=":
            raise self._error(token, "Assignment is not supported.", "Write the path out, or pass it to a rule.")
        if token.text in COMPARISONS:
            raise self._error(token, "Comparisons cannot be chained.", "Join two comparisons with `and`.")

    def _operand(self) -> Operand:
        token = self._next
        if token.kind != "string":
            self._reject_forbidden(token)
        if token.text == "[":
            return self._list()
        if token.kind == "name" and token.text not in NAMED_VALUES:
            return self._path()
        return self._literal()

    def _reject_foreign(self, token: Token) -> None:
        if token.text in ARITHMETIC:
            raise self._error(token, *ARITHMETIC_REASON)
        if token.text in FOREIGN:
            raise self._error(token, *FOREIGN[token.text])

    def _reject_forbidden(self, token: Token) -> None:
        self._reject_foreign(token)
        if token.text in FORBIDDEN:
            raise self._error(token, *FORBIDDEN[token.text])
        if token.text == "{":
            raise self._error(token, "Dictionaries are not supported.", "Compare columns one by one.")

    def _list(self) -> ListLiteral:
        first = self._take()
        items: list[Operand] = []
        while not self._accept("]"):
            if self._next.text == "[":
                raise self._error(self._next, "A list can't contain a list.", "Write one list of literals.")
            items.append(self._operand())
            if self._next.text != "]":
                self._expect(",")
        return ListLiteral(span_between(first, self._last()), tuple(items))

    def _arguments(self) -> tuple[Operand, ...]:
        self._expect("(")
        arguments: list[Operand] = []
        while not self._accept(")"):
            arguments.append(self._operand())
            self._reject_operator()
            if self._next.text != ")":
                self._expect(",")
        return tuple(arguments)

    def _path(self) -> PathExpression | MethodCall:
        first = self._new_name("A name")
        steps: list[str] = []
        while self._accept("."):
            if self._next.text == "(":
                raise self._error(
                    self._next, "The name of a field cannot be computed.", "Write the name of the column."
                )
            steps.append(self._name("A column or relation").text)
            if self._next.text == "(":
                path = PathExpression(span_between(first, self._last()), first.text, tuple(steps))
                return MethodCall(span_between(first, self._last()), path, self._arguments())
        return PathExpression(span_between(first, self._last()), first.text, tuple(steps))


def _unquoted(text: str) -> str:
    escapes = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", '"': '"', "\\": "\\"}
    content, parts = text[1:-1], []
    index = 0
    while index < len(content):
        if content[index] == "\\":
            index += 1
            parts.append(escapes[content[index]])
        else:
            parts.append(content[index])
        index += 1
    return "".join(parts)
