"""Reading a policy's source into rules; each thing that is forbidden is refused with the way to write it."""

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
    NAMED_VALUES,
    RESERVED,
)
from authz.language.lexer import PolarSyntaxError, Token, tokenize


def parse(text: str, file: str) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules of `text`, and what is wrong in those that are not among them."""
    try:
        tokens = tokenize(text, file)
    except PolarSyntaxError as refused:
        return [], [refused.diagnostic]
    return _Parser(tokens, file).rules()


class _Parser:
    def __init__(self, tokens: list[Token], file: str) -> None:
        self._tokens = tokens
        self._file = file
        self._place = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _took(self, text: str) -> bool:
        if self._next.text == text and self._next.kind in ("symbol", "name"):
            self._take()
            return True
        return False

    def _expect(self, text: str) -> Token:
        if self._next.text != text or self._next.kind == "string":
            raise self._refused(self._next, f"`{text}` was expected here.", "")
        return self._take()

    def _name(self, what: str) -> Token:
        token = self._next
        if token.kind != "name" or token.text in RESERVED:
            raise self._refused(token, f"{what} was expected here.", "")
        return self._take()

    def _refused(self, token: Token, reason: str, idiom: str) -> PolarSyntaxError:
        shown = token.text or "end of file"
        return PolarSyntaxError(Diagnostic(self._file, token.line, token.column, shown, reason, idiom))

    def _last(self) -> Token:
        return self._tokens[self._place - 1]

    def rules(self) -> tuple[list[Rule], list[Diagnostic]]:
        rules: list[Rule] = []
        findings: list[Diagnostic] = []
        while self._next.kind != "end":
            try:
                rules.append(self._rule())
            except PolarSyntaxError as refused:
                findings.append(refused.diagnostic)
                while self._next.kind != "end" and self._take().text != ";":
                    pass
        return rules, findings

    def _rule(self) -> Rule:
        first = self._next
        if first.text == "?=":
            raise self._refused(first, "A policy holds no queries.", "Write a test instead.")
        name = self._name("The name of a rule")
        if name.text in BLOCKS and self._next.text != "(":
            raise self._refused(first, "Blocks, roles and rule types are not translated.", "Write plain `allow` rules.")
        self._expect("(")
        parameters: list[Parameter] = []
        while not self._took(")"):
            parameters.append(self._parameter())
            if self._next.text != ")":
                self._expect(",")
        if_end = self._last().end if self._took("if") else None
        body = self._or() if if_end is not None else None
        semicolon = self._semicolon("`and`, `or` or `;`" if body else "`if` or `;`")
        return Rule(span_between(first, semicolon), name.text, tuple(parameters), body, if_end, semicolon.start)

    def _semicolon(self, wanted: str) -> Token:
        """The end of a rule. That it is missing is said where the rule stops, and not where the next one begins."""
        if self._next.text in (",", "&", "|"):
            raise self._refused(self._next, "Conditions are joined by words.", "Write `and` or `or`.")
        if self._next.text != ";":
            raise self._refused(self._last(), f"{wanted} was expected behind this.", "")
        return self._take()

    def _parameter(self) -> Parameter:
        first = self._next
        if first.kind in ("string", "number") or first.text in NAMED_VALUES:
            literal = self._literal()
            return Parameter(literal.span, None, None, (), literal, None)
        name = self._name("A parameter")
        if not self._took(":"):
            return Parameter(span_between(first, name), name.text, None, (), None, None)
        type_name = self._name("A type")
        brace = self._next
        fields: list[tuple[str, Literal]] = []
        if not self._took("{"):
            return Parameter(span_between(first, type_name), name.text, type_name.text, (), None, None)
        while not self._took("}"):
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
        raise self._refused(token, "A literal was expected here.", "Write a text in quotes, true, false or nil.")

    def _or(self) -> Condition:
        first, items = self._next, [self._and()]
        while self._took("or"):
            items.append(self._and())
        return items[0] if len(items) == 1 else Or(span_between(first, self._last()), tuple(items))

    def _and(self) -> Condition:
        first, items = self._next, [self._not()]
        while self._took("and"):
            items.append(self._not())
        return items[0] if len(items) == 1 else And(span_between(first, self._last()), tuple(items))

    def _not(self) -> Condition:
        first = self._next
        if self._took("not"):
            item = self._not()
            return Not(span_between(first, self._last()), item)
        return self._condition()

    def _condition(self) -> Condition:
        first = self._next
        if self._took("("):
            inner = self._or()
            self._expect(")")
            self._no_operator()
            return inner
        if first.kind == "name" and first.text not in RESERVED and self._tokens[self._place + 1].text == "(":
            self._take()
            arguments = self._arguments()
            call = RuleCall(span_between(first, self._last()), first.text, arguments)
            self._no_operator()
            return call
        left = self._operand()
        if self._next.text not in COMPARISONS or self._next.kind == "string":
            self._no_operator()
            return BooleanTest(left.span, left)
        operator = self._take().text
        right = self._operand()
        self._no_operator()
        return Comparison(span_between(first, self._last()), operator, left, right)

    def _no_operator(self) -> None:
        token = self._next
        if token.kind == "string":
            return
        if token.text in ARITHMETIC:
            raise self._refused(token, *ARITHMETIC_REASON)
        if token.text in FORBIDDEN:
            raise self._refused(token, *FORBIDDEN[token.text])
        if token.text == ":=":
            raise self._refused(token, "Assignment is not translated.", "Write the path out, or give it to a rule.")
        if token.text in COMPARISONS:
            raise self._refused(token, "One comparison at a time.", "Join two comparisons by `and`.")

    def _operand(self) -> Operand:
        token = self._next
        if token.kind != "string":
            self._refuse_forbidden(token)
        if token.text == "[":
            return self._list()
        if token.kind == "name" and token.text not in NAMED_VALUES:
            return self._path()
        return self._literal()

    def _refuse_forbidden(self, token: Token) -> None:
        if token.text in ARITHMETIC:
            raise self._refused(token, *ARITHMETIC_REASON)
        if token.text in FORBIDDEN:
            raise self._refused(token, *FORBIDDEN[token.text])
        if token.text == "{":
            raise self._refused(token, "Dictionaries are not translated.", "Compare columns one by one.")

    def _list(self) -> ListLiteral:
        first = self._take()
        items: list[Operand] = []
        while not self._took("]"):
            items.append(self._operand())
            if self._next.text != "]":
                self._expect(",")
        return ListLiteral(span_between(first, self._last()), tuple(items))

    def _arguments(self) -> tuple[Operand, ...]:
        self._expect("(")
        arguments: list[Operand] = []
        while not self._took(")"):
            arguments.append(self._operand())
            self._no_operator()
            if self._next.text != ")":
                self._expect(",")
        return tuple(arguments)

    def _path(self) -> PathExpression | MethodCall:
        first = self._name("A name")
        steps: list[str] = []
        while self._took("."):
            if self._next.text == "(":
                raise self._refused(self._next, "A field is named, not computed.", "Write the name of the column.")
            steps.append(self._name("A column or relation").text)
            if self._next.text == "(":
                path = PathExpression(span_between(first, self._last()), first.text, tuple(steps))
                return MethodCall(span_between(first, self._last()), path, self._arguments())
        return PathExpression(span_between(first, self._last()), first.text, tuple(steps))


def _unquoted(text: str) -> str:
    escapes = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", '"': '"', "\\": "\\"}
    plain, parts = text[1:-1], []
    place = 0
    while place < len(plain):
        if plain[place] == "\\":
            place += 1
            parts.append(escapes[plain[place]])
        else:
            parts.append(plain[place])
        place += 1
    return "".join(parts)
