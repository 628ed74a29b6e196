"""Finds the rules at a position in a policy: the rule defined there, or those that the call there can match."""

from collections.abc import Iterator, Sequence
from typing import Any

from authz.language.ast import And, Not, Or, Rule, RuleCall
from authz.language.parser import parse


def rules_at(text: str, file: str, offset: int) -> list[Rule]:
    """Returns the rule whose name is at `offset`, or all rules that the call there can match. The text may have
    errors elsewhere."""
    rules, _ = parse(text, file)
    for rule in rules:
        if not rule.span.start <= offset <= rule.span.end:
            continue
        if offset <= rule.span.start + len(rule.name):
            return [rule]
        for call in calls(rule.body):
            if call.span.start <= offset <= call.span.start + len(call.name):
                return called(rules, call)
    return []


def called(rules: Sequence[Rule], call: RuleCall) -> list[Rule]:
    """Returns the rules with the name and the number of arguments of the call, and with its literals in their heads."""
    return [
        rule
        for rule in rules
        if rule.name == call.name
        and len(rule.parameters) == len(call.arguments)
        and all(
            parameter.literal is None or getattr(argument, "value", parameter.literal.value) == parameter.literal.value
            for parameter, argument in zip(rule.parameters, call.arguments, strict=True)
        )
    ]


def calls(condition: Any) -> Iterator[RuleCall]:
    """Yields the calls of rules in a body."""
    match condition:
        case RuleCall():
            yield condition
        case Not(_, item):
            yield from calls(item)
        case And(_, items) | Or(_, items):
            for item in items:
                yield from calls(item)
