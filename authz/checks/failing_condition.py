"""Finds the condition because of which a rule has no exact SQL: without it, the rule compiles.

Oso says which rules a branch came through, but not which of their conditions it can't translate. So each condition of
these rules is taken as true in turn, innermost rule first. That costs milliseconds each, and only for a policy that is
rejected.
"""

from collections.abc import Iterable, Iterator

from authz.actor import Traits
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError
from authz.language.ast import And, Condition, Not, Or, Rule, Source, Span
from authz.language.instrument import without_trait_conditions
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import paths_in
from models import Base


class FailingConditions:
    """The failing conditions of the policy `text`. Equal errors in one rule have one condition: it is sought once."""

    def __init__(self, text: str, linted: LintResult) -> None:
        self._text, self._linted = text, linted
        self._known: dict[tuple[tuple[Source, ...], str], Span | None] = {}

    def find(self, error: CompileError, decision: tuple[Traits, str, type[Base]]) -> Span | None:
        """Returns the condition because of which `decision` fails with `error`; None if it is not only one."""
        key = error.sources[-1:], str(error)
        if key not in self._known:
            self._known[key] = _find(self._text, self._linted, error, decision)
        return self._known[key]


def _find(text: str, linted: LintResult, error: CompileError, decision: tuple[Traits, str, type[Base]]) -> Span | None:
    lines = dict.fromkeys(source.line for source in reversed(error.sources))
    for rule in (rule for line in lines for rule in linted.rules if rule.span.line == line):
        for condition in _leaves(rule.body) if rule.body is not None else ():
            if _compiles_without(condition, text, linted, error, decision):
                return condition.span
    return None


def rule_span(rules: Iterable[Rule], error: CompileError) -> Span | None:
    """Returns where the innermost rule of `error` is; None if it came through none."""
    lines = [source.line for source in error.sources]
    return next((rule.span for rule in rules if lines and rule.span.line == lines[-1]), None)


def _compiles_without(
    condition: Condition,
    text: str,
    linted: LintResult,
    error: CompileError,
    decision: tuple[Traits, str, type[Base]],
) -> bool:
    names = tuple(dict.fromkeys(path.root for path in paths_in(condition)))
    # Conditions on traits are taken as true anyway, so they are not the reason.
    if not names or any(span.start <= condition.span.start < span.end for span, _ in linted.trait_conditions):
        return False
    edited = without_trait_conditions(text, linted.trait_conditions, linted.rules, [(condition.span, names)])
    try:
        compiler = Compiler(edited, error.sources[-1].file, linted.non_null)
        failures = [each for each in compiler.branches(*decision) if isinstance(each, CompileError)]
    except EngineError:
        return False
    return all(each.sources != error.sources for each in failures)


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _leaves(item)
        case Not(_, item):
            yield from _leaves(item)
        case _:
            yield condition
