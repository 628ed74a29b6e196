"""What is done to a policy's source before Oso gets it. Lines stay where they are.

To know through which rules a branch came, each rule gets a twin with one more parameter, in which it builds its proof:

    sees(actor: Member, account: ContractAccount) if                                                  line 64
        account.organization_id = actor.organization_id and reaches(actor, account);
    ->
    traced_sees(actor: Member, account, _trail) if _trail = ["#policies.polar:64", _trail0] and (
        account.organization_id = actor.organization_id and traced_reaches(actor, account, _trail0));

The twin leaves out the types that are certain: Oso would check each again on every use, and takes three times as long.

For the check of all branches, conditions on the actor's traits are made true, so that none hides behind a trait.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from authz.language.ast import And, Condition, Not, Or, Rule, RuleCall, Span
from authz.predicates.nodes import Source

TRACED = "traced_"
_MARK = "#"
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')

Edit = tuple[int, int, str]
Position = tuple[str, int, int]


def with_provenance(text: str, file: str, rules: Iterable[Rule], certain: frozenset[Position]) -> str:
    """`text` with a traced twin behind each rule. `certain` are the parameters, as rule's name, number of parameters
    and index, whose type need not be checked."""
    edits: list[Edit] = []
    for rule in rules:
        twin = _edited(text[: rule.end + 1], list(_twin_edits(rule, file, certain)))[rule.span.start :]
        # The twin stands on one line, so that what follows keeps its place.
        edits.append((rule.span.end, rule.span.end, " " + _on_one_line(twin)))
    return _edited(text, edits)


def _on_one_line(text: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda match: match[1] or "", text).replace("\n", " ")


def _twin_edits(rule: Rule, file: str, certain: frozenset[Position]) -> Iterator[Edit]:
    calls = list(_calls(rule.body)) if rule.body is not None else []
    steps = [f'"{_MARK}{file}:{rule.span.line}"', *(f"_trail{index}" for index in range(len(calls)))]
    proof = f"_trail = [{', '.join(steps)}]"
    yield rule.span.start, rule.span.start, TRACED
    for index, parameter in enumerate(rule.parameters):
        if (rule.name, len(rule.parameters), index) in certain:
            yield parameter.span.start, parameter.span.end, parameter.name or "_"
    head_end = rule.parameters[-1].span.end
    yield head_end, head_end, ", _trail"
    for index, call in enumerate(calls):
        yield call.span.start, call.span.start, TRACED
        yield call.span.end - 1, call.span.end - 1, f", _trail{index}"
    if rule.if_end is None:
        yield rule.end, rule.end, f" if {proof}"
    else:
        yield rule.if_end, rule.if_end, f" {proof} and ("
        yield rule.end, rule.end, ")"


def _calls(condition: Condition) -> Iterator[RuleCall]:
    """The uses of rules in `condition`, but for those under `not`, which have nothing to tell."""
    match condition:
        case RuleCall():
            yield condition
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _calls(item)


def calls_under_not(condition: Condition | None) -> Iterator[RuleCall]:
    """The uses of rules in `condition` that no proof names."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from calls_under_not(item)
        case Not(_, item):
            yield from _calls(item)
            yield from calls_under_not(item)


def with_open_traits(text: str, trait_conditions: Iterable[tuple[Span, str]], rules: Iterable[Rule]) -> str:
    """`text` with each trait condition, given with the actor's name in it, made true, and without trait fields in
    the parameters of `rules`."""
    edits = [(span.start, span.end, _padded(f"{actor} = {actor}", text, span)) for span, actor in trait_conditions]
    for rule in rules:
        span = rule.parameters[0].fields_span if rule.parameters else None
        if span is not None:
            edits.append((span.start, span.end, _padded("", text, span)))
    return _edited(text, edits)


def _padded(replacement: str, text: str, span: Span) -> str:
    return replacement + "\n" * text.count("\n", span.start, span.end)


def _edited(text: str, edits: list[Edit]) -> str:
    pieces: list[str] = []
    place = 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [text[place:start], replacement]
        place = end
    return "".join([*pieces, text[place:]])


def sources_of(trail: Any) -> Iterator[Source]:
    """The rules of a proof, outermost first. A part that the proof did not need is no list."""
    if isinstance(trail, list):
        for step in trail:
            if isinstance(step, str) and step.startswith(_MARK):
                file, _, line = step.removeprefix(_MARK).rpartition(":")
                yield Source(file, int(line))
            else:
                yield from sources_of(step)
