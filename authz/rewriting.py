"""What is done to a policy's source before Oso gets it. Lines stay where they are.

To know through which rules a branch came, each rule gets a twin with one more parameter, in which it builds its proof:

    sees(actor: Member, account: ContractAccount) if                                                  line 64
        account.organization_id = actor.organization_id and reaches(actor, account);
    ->
    traced_sees(actor: Member, account, _trail) if _trail = ["#policies.polar:64", _trail0] and (
        account.organization_id = actor.organization_id and traced_reaches(actor, account, _trail0));

The twin leaves out the types that are certain: Oso would check each again on every use, and takes three times as long.

For the check of all branches, conditions on the actor's traits are made true, so that none hides behind a trait. For
explanations each becomes a mark instead, which stands in the proofs of the branches that it is a condition of:

    "USER_MANAGEMENT" in actor.permissions   ->   (actor = actor and _trait3 = "@3")
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from authz.predicate import Source
from authz.syntax import And, Call, Comparison, Condition, Not, Or, PathTo, Rule, Span

TRACED = "traced_"
_MARK = "#"
_TRAIT, _TRAIT_MARK = "_trait", "@"
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')

Edit = tuple[int, int, str]
Position = tuple[str, int, int]


def with_trails(text: str, file: str, rules: Iterable[Rule], certain: frozenset[Position]) -> str:
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
    marks = list(_marks(rule.body)) if rule.body is not None else []
    steps = [f'"{_MARK}{file}:{rule.span.line}"', *marks, *(f"_trail{index}" for index in range(len(calls)))]
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


def _calls(condition: Condition) -> Iterator[Call]:
    """The uses of rules in `condition`, but for those under `not`, which have nothing to tell."""
    match condition:
        case Call():
            yield condition
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _calls(item)


def _marks(condition: Condition) -> Iterator[str]:
    """The variables of the marks in `condition`. One that a branch does not come through stays unbound in its proof."""
    match condition:
        case Comparison(_, "=", PathTo(_, root, ()), _) if root.startswith(_TRAIT):
            yield root
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _marks(item)


@dataclass(frozen=True, slots=True)
class TraitCondition:
    """A condition on the actor's traits alone: its text, where it stands, and what makes a rule of it behind a name."""

    text: str
    source: Source
    rule: str


def with_traits_marked(
    text: str, file: str, trait_conditions: Iterable[tuple[Span, str]], rules: Iterable[Rule]
) -> tuple[str, tuple[TraitCondition, ...]]:
    """`text` with each trait condition made a mark, whose number is its index among the conditions that come with it.

    Values that the parameters of `rules` ask of the actor's traits are such conditions, too.
    """
    found: list[TraitCondition] = []
    edits: list[Edit] = []

    def mark() -> str:
        return f'{_TRAIT}{len(found)} = "{_TRAIT_MARK}{len(found)}"'

    for span, actor in trait_conditions:
        shown = text[span.start : span.end]
        # The actor is named, too: Oso refuses a variable that stands in the head alone.
        edits.append((span.start, span.end, _padded(f"({actor} = {actor} and {mark()})", text, span)))
        found.append(TraitCondition(_on_one_line(shown), Source(file, span.line), f"({actor}) if {shown};"))
    for rule in rules:
        first = rule.parameters[0] if rule.parameters else None
        if first is None or first.fields_span is None:
            continue
        shown = text[first.span.start : first.span.end]
        edits.append((first.fields_span.start, first.fields_span.end, _padded("", text, first.fields_span)))
        if rule.if_end is None:
            edits.append((rule.end, rule.end, f" if {mark()}"))
        else:
            edits += [(rule.if_end, rule.if_end, f" {mark()} and ("), (rule.end, rule.end, ")")]
        # A variable that stands in the head alone is refused, unless it is called `_`.
        named = f"_{shown.removeprefix(str(first.name))}"
        found.append(TraitCondition(_on_one_line(shown), Source(file, first.span.line), f"({named});"))
    return _edited(text, edits), tuple(found)


def calls_under_not(condition: Condition | None) -> Iterator[Call]:
    """The uses of rules in `condition` that no proof names."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from calls_under_not(item)
        case Not(_, item):
            yield from _calls(item)
            yield from calls_under_not(item)


def with_traits_open(text: str, trait_conditions: Iterable[tuple[Span, str]], rules: Iterable[Rule]) -> str:
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


def marks_of(trail: Any) -> Iterator[int]:
    """The numbers of the marks in a proof, outermost first."""
    if isinstance(trail, list):
        for step in trail:
            if isinstance(step, str) and step.startswith(_TRAIT_MARK):
                yield int(step.removeprefix(_TRAIT_MARK))
            else:
                yield from marks_of(step)


def sources_of(trail: Any) -> Iterator[Source]:
    """The rules of a proof, outermost first. A part that the proof did not need is no list."""
    if isinstance(trail, list):
        for step in trail:
            if isinstance(step, str) and step.startswith(_MARK):
                file, _, line = step.removeprefix(_MARK).rpartition(":")
                yield Source(file, int(line))
            else:
                yield from sources_of(step)
