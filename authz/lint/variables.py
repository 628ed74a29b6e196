"""Checks the variables of one rule: their names, and how often each occurs."""

from collections import Counter
from collections.abc import Iterator

from authz.actor import ActorKind
from authz.language.ast import And, Comparison, Condition, Not, Or, PathExpression, Rule, Span
from authz.language.diagnostics import Diagnostic
from authz.language.instrument import RESERVED
from authz.lint.trait_dependence import paths_in
from authz.model.resources import TYPES

TYPE_NAMES = {*ActorKind, *TYPES, "String", "Boolean", "Integer", "Float", "List", "Dictionary"}
"""The names of the types that Oso knows."""

WILDCARD = "_"
"""What matches anything: each occurrence is a variable of its own."""


def reserved_names(rule: Rule, file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for a variable of `rule` that has the name of a type, or one that tracing uses.

    Oso would take the one for the type, and with the other, the rule would allow nothing.
    """
    reported: set[str] = set()
    for name, span in _occurrences(rule):
        if name in reported or not (name in TYPE_NAMES or name.startswith(RESERVED)):
            continue
        reported.add(name)
        reason = "This is the name of a type." if name in TYPE_NAMES else "Names like this are reserved."
        suggestion = "Choose another name" + (f", such as {name.lower()}." if name in TYPE_NAMES else ".")
        yield Diagnostic(file, span.line, span.column, name, reason, suggestion)


def used_once(rule: Rule, file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each variable of `rule` that occurs once and does not begin with `_`.

    It is usually a typo, and always misleading. Oso rejects it, too.
    """
    occurrences = list(_occurrences(rule))
    counts = Counter(name for name, _ in occurrences)
    for name, span in occurrences:
        if counts[name] == 1 and not name.startswith("_"):
            reason = f"The variable {name} is used only here, so it has no effect."
            yield Diagnostic(file, span.line, span.column, name, reason, "Write `_` if it may be anything.")


def bound_twice(rule: Rule, file: str, text: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each variable that is bound within `or` or `not`, and again in a condition that is
    joined to that by `and`.

    Oso takes both for one row if the path leads through the first binding, and for two if it does not. Different
    alternatives of one `or` may bind the same name.
    """
    if rule.body is None:
        return
    parameters = frozenset(parameter.name for parameter in rule.parameters if parameter.name is not None)
    for name, span in _rebindings(rule.body, parameters):
        excerpt = " ".join(text[span.start : span.end].split())
        reason = f"The variable {name} is bound before, within an `or` or a `not`: Oso could take both for one row."
        yield Diagnostic(file, span.line, span.column, excerpt, reason, "Give each a name of its own.")


def _occurrences(rule: Rule) -> Iterator[tuple[str, Span]]:
    for parameter in rule.parameters:
        if parameter.name is not None:
            yield parameter.name, parameter.span
    for path in () if rule.body is None else paths_in(rule.body):
        yield path.root, path.span


def _rebindings(condition: Condition, parameters: frozenset[str]) -> Iterator[tuple[str, Span]]:
    match condition:
        case And(_, items):
            before: set[str] = set()
            for item in items:
                bindings = list(_bindings(item, parameters))
                yield from ((name, span) for name, span in bindings if name in before)
                before.update(name for name, _ in bindings)
                yield from _rebindings(item, parameters)
        case Or(_, items):
            for item in items:
                yield from _rebindings(item, parameters)
        case Not(_, item):
            yield from _rebindings(item, parameters)


def _bindings(condition: Condition, parameters: frozenset[str]) -> Iterator[tuple[str, Span]]:
    """Yields the variables that `condition` can bind, at any depth, each with the condition that does."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _bindings(item, parameters)
        case Not(_, item):
            yield from _bindings(item, parameters)
        case Comparison(span, "in", PathExpression(_, name, ()), PathExpression()):
            if name != WILDCARD and name not in parameters:
                yield name, span
