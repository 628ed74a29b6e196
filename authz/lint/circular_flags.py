"""Finds flags that would ask themselves: `within_reach_of_actor` asks what the actor may assign.

allow(actor: Member, "assign", account: ContractAccount) if
    grant in account.grants and grant.user.within_reach_of_actor;
"""

from collections.abc import Iterator, Sequence

from authz.language.ast import Rule, Span
from authz.language.diagnostics import Diagnostic
from authz.lint.call_graph import CallGraph, reachable
from authz.lint.trait_dependence import paths_in
from authz.model.actions import ASSIGN
from authz.model.resources import ResourceFlag

_FLAG = ResourceFlag.WITHIN_REACH_OF_ACTOR


def circular_flags(rules: Sequence[Rule], graph: CallGraph, text: str, file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each condition on the flag in a rule for `assign`, and in those that it calls."""
    asked = {
        index
        for index, rule in enumerate(rules)
        if rule.name == "allow" and (action := rule.parameters[1].literal) is not None and action.value == ASSIGN
    }
    for index in sorted(reachable(asked, graph)):
        for span in _flags_of(rules[index]):
            excerpt = " ".join(text[span.start : span.end].split())
            reason = f"{_FLAG} asks what the actor may assign, and a rule for `{ASSIGN}` asks this condition."
            yield Diagnostic(file, span.line, span.column, excerpt, reason, "Decide by columns and grants instead.")


def _flags_of(rule: Rule) -> Iterator[Span]:
    for parameter in rule.parameters:
        if any(name == _FLAG for name, _ in parameter.fields):
            yield parameter.span
    for path in () if rule.body is None else paths_in(rule.body):
        if _FLAG in path.steps:
            yield path.span
