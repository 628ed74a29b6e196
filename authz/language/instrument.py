"""Rewrites a policy's source before Oso loads it, without moving any line.

To record through which rules a branch was derived, each rule gets an instrumented copy with one more parameter, which
collects the provenance:

    sees(actor: Member, account: ContractAccount) if                                                  line 64
        account.organization_id = actor.organization_id and reaches(actor, account);
    ->
    traced_sees(actor: Member, account, _trail) if _trail = ["#policies.polar:64", _trail0] and (
        account.organization_id = actor.organization_id and traced_reaches(actor, account, _trail0));

The copy omits the types that are certain: Oso would check each again on every call, and take three times as long.
With `conditions`, each of these conditions is replaced in the copy by a note in the provenance, `"?812"`, that the
branch needs it: 812 is where it begins in the source.

For the check of all branches, conditions on the actor's traits are replaced by true ones, so that no branch is hidden
behind a trait.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from authz.language.ast import And, Condition, Not, Or, Rule, RuleCall, Source, Span

TRACED = "traced_"
TRAIL, NOTED = "_trail", "_noted"
"""How the variables begin that hold the provenance: the rules, and the conditions on traits."""

RESERVED = (TRAIL, NOTED)
"""How no variable of a policy may begin."""

_SOURCE_PREFIX = "#"
_CONDITION_PREFIX = "?"
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')

Edit = tuple[int, int, str]
"""Start and end of the replaced range, and the replacement."""

ParameterPosition = tuple[str, int, int]
"""A parameter of a rule: the rule's name, its number of parameters, and the index of this one."""


TraitCondition = tuple[Span, str]
"""A condition on traits alone, and the name of the actor's variable in it."""


def with_provenance(
    text: str,
    file: str,
    rules: Iterable[Rule],
    non_null: frozenset[ParameterPosition],
    conditions: Sequence[TraitCondition] = (),
) -> str:
    """Returns `text` with an instrumented copy after each rule. The types of `non_null` parameters are omitted."""
    edits: list[Edit] = []
    for rule in rules:
        noted = [each for each in conditions if rule.span.start <= each[0].start <= rule.end]
        copy = _apply(text[: rule.end + 1], list(_instrumenting_edits(rule, file, non_null, noted)))[rule.span.start :]
        # The copy is put on one line, so that the following lines keep their numbers.
        edits.append((rule.span.end, rule.span.end, " " + _on_one_line(copy)))
    return _apply(text, edits)


def _on_one_line(text: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda match: match[1] or "", text).replace("\n", " ")


def _instrumenting_edits(
    rule: Rule, file: str, non_null: frozenset[ParameterPosition], noted: list[TraitCondition]
) -> Iterator[Edit]:
    calls = list(_calls(rule.body)) if rule.body is not None else []
    steps = [f'"{_SOURCE_PREFIX}{file}:{rule.span.line}"', *(f"{TRAIL}{index}" for index in range(len(calls)))]
    steps += [f"{NOTED}{index}" for index in range(len(noted))]
    trail = f"{TRAIL} = [{', '.join(steps)}]"
    yield rule.span.start, rule.span.start, TRACED
    for index, parameter in enumerate(rule.parameters):
        if (rule.name, len(rule.parameters), index) in non_null:
            yield parameter.span.start, parameter.span.end, parameter.name or "_"
    head_end = rule.parameters[-1].span.end
    yield head_end, head_end, f", {TRAIL}"
    for index, call in enumerate(calls):
        yield call.span.start, call.span.start, TRACED
        yield call.span.end - 1, call.span.end - 1, f", {TRAIL}{index}"
    for index, (span, actor) in enumerate(noted):
        # The last part is true, and uses the variable: Oso rejects one that is used nowhere.
        yield span.start, span.end, f'({NOTED}{index} = "{_CONDITION_PREFIX}{span.start}" and {actor} = {actor})'
    if rule.if_end is None:
        yield rule.end, rule.end, f" if {trail}"
    else:
        yield rule.if_end, rule.if_end, f" {trail} and ("
        yield rule.end, rule.end, ")"


def _calls(condition: Condition) -> Iterator[RuleCall]:
    """Yields the calls of rules in `condition`, except those under `not`, which have no provenance."""
    match condition:
        case RuleCall():
            yield condition
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _calls(item)


def negated_calls(condition: Condition | None) -> Iterator[RuleCall]:
    """Yields the calls of rules under `not` in `condition`, which no trail names."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from negated_calls(item)
        case Not(_, item):
            yield from _calls(item)
            yield from negated_calls(item)


def without_trait_conditions(
    text: str,
    trait_conditions: Iterable[TraitCondition],
    rules: Iterable[Rule],
    others: Iterable[tuple[Span, Sequence[str]]] = (),
) -> str:
    """Returns `text` with each trait condition replaced by a true one, and without trait fields in parameters.

    Each trait condition comes with the name of the actor's variable in it; `rules` are all rules of `text`.
    `others` are further conditions that are replaced, with the names of all their variables.
    """
    edits = [(span.start, span.end, _padded(f"{actor} = {actor}", text, span)) for span, actor in trait_conditions]
    for place, names in others:
        replacement = " and ".join(f"{name} = {name}" for name in names)
        edits.append((place.start, place.end, _padded(f"({replacement})", text, place)))
    for rule in rules:
        span = rule.parameters[0].fields_span if rule.parameters else None
        if span is not None:
            edits.append((span.start, span.end, _padded("", text, span)))
    return _apply(text, edits)


def _padded(replacement: str, text: str, span: Span) -> str:
    return replacement + "\n" * text.count("\n", span.start, span.end)


def _apply(text: str, edits: list[Edit]) -> str:
    pieces: list[str] = []
    offset = 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [text[offset:start], replacement]
        offset = end
    return "".join([*pieces, text[offset:]])


def sources_of(trail: Any) -> Iterator[Source]:
    """Yields the rules of a trail, outermost first. A part of the trail that was never bound is not a list."""
    if isinstance(trail, list):
        for step in trail:
            if isinstance(step, str) and step.startswith(_SOURCE_PREFIX):
                file, _, line = step.removeprefix(_SOURCE_PREFIX).rpartition(":")
                yield Source(file, int(line))
            else:
                yield from sources_of(step)


def noted_conditions(trail: Any) -> Iterator[int]:
    """Yields where the conditions begin that a trail notes."""
    if isinstance(trail, list):
        for step in trail:
            if isinstance(step, str) and step.startswith(_CONDITION_PREFIX):
                yield int(step.removeprefix(_CONDITION_PREFIX))
            else:
                yield from noted_conditions(step)
