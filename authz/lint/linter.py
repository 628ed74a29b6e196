"""The first gate: a policy's source, checked before Oso sees it.

Every name is looked up and every condition typed, so that what Oso passes over in silence (a mistyped action, a rule
that nothing uses, a wrong number of arguments) and what it gets wrong (see `docs/policy.md`) is refused with its place
and with the way to write it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from authz.language.ast import Parameter, Rule, RuleCall, Span
from authz.language.diagnostics import Diagnostic, in_file_order
from authz.language.instrument import Position, calls_under_not
from authz.language.parser import parse
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    OperandType,
    ParameterValue,
    RowValue,
    TraitElement,
    TypeCheckError,
    closest_match,
    did_you_mean,
    parameter_type,
)
from authz.lint.rule_heads import check_fields, check_head, head_of, missing_capabilities
from authz.lint.trait_dependence import ANYTHING, Dependence, traits_in
from authz.lint.variables import used_once
from authz.model.resources import Capability

_ENTRIES = ("allow", *Capability)

Uses = dict[int, set[int]]

Head = tuple[str, ...]
"""An entry: actor kind, action and type of an `allow` rule, or actor kind and name of a question."""


@dataclass(frozen=True, slots=True)
class LintResult:
    """The rules of a policy, what is wrong with them, and what was learned of them.

    `trait_conditions` depend on traits alone, each comes with the name of the actor in it; `certain` are the parameters
    whose type is certain wherever the rule is used; `behind_allow` is on what any `allow` rule depends (anything, where
    there are findings); `dependences` say it of each entry; `untraced` are the lines of rules used under `not`.
    """

    rules: tuple[Rule, ...]
    diagnostics: tuple[Diagnostic, ...]
    trait_conditions: tuple[tuple[Span, str], ...]
    non_null: frozenset[Position]
    behind_allow: Dependence
    dependences: Mapping[Head, Dependence]
    untraced: frozenset[int]


def lint(text: str, file: str) -> LintResult:
    """Checks the policy `text`, called `file` in findings."""
    rules, findings = parse(text, file)
    whole = not findings
    bodies = [_check_rule(rule, text, file) for rule in rules]
    for rule, body in zip(rules, bodies, strict=True):
        findings += body.diagnostics or used_once(rule, file)
    uses: Uses = {}
    if not findings:
        uses = _uses(rules, bodies)
        findings += [finding for body in bodies for finding in body.diagnostics]
        findings += _check_uses(rules, uses, file)
    elif whole:
        findings += _unknown_names(rules, text, file, bodies)
    if whole:
        findings += missing_capabilities(rules, file)
    if findings:
        return LintResult(tuple(rules), in_file_order(findings), (), frozenset(), ANYTHING, {}, frozenset())
    dependences = _dependences(rules, bodies, uses)
    return LintResult(
        tuple(rules),
        (),
        tuple(condition for body in bodies for condition in body.trait_conditions),
        frozenset(_certain(rules, bodies)),
        reduce(or_, (of_it for head, of_it in dependences.items() if _is_action(head)), Dependence()),
        dependences,
        frozenset(rules[index].span.line for index in _untraced(rules, uses)),
    )


def _check_rule(rule: Rule, text: str, file: str) -> BodyLinter:
    body = BodyLinter(text, file)
    known: dict[str, OperandType] = {}
    for parameter in rule.parameters:
        try:
            kind = parameter_type(parameter)
            check_fields(parameter, kind)
        except TypeCheckError as unknown:
            body.refuse(parameter.span, unknown.reason, unknown.suggestion)
            continue
        if parameter.name in known and parameter.name != "_":
            body.refuse(
                parameter.span,
                "A parameter stands twice in the head: Oso would drop the condition that they be the same.",
                "Give each its own name; rows are tied together by relations only.",
            )
        if parameter.name is not None:
            known[parameter.name] = kind
    try:
        check_head(rule)
    except TypeCheckError as unknown:
        body.refuse(head_of(rule), unknown.reason, unknown.suggestion)
    if rule.body is not None and all(parameter.name in (None, *known) for parameter in rule.parameters):
        body.check(rule.body, known)
    return body


def _uses(rules: list[Rule], bodies: list[BodyLinter]) -> Uses:
    return {
        index: {target for call, kinds in body.calls for target in _targets(call, kinds, rules, body)}
        for index, body in enumerate(bodies)
    }


def _check_uses(rules: list[Rule], uses: Uses, file: str) -> Iterator[Diagnostic]:
    """Findings about rules that nothing uses, or that use themselves."""
    used = _reached({index for index, rule in enumerate(rules) if rule.name in _ENTRIES}, uses)
    for index, rule in enumerate(rules):
        if index not in used:
            yield _unused(rule, file)
        if index in _reached(uses[index], uses):
            place = (file, rule.span.line, rule.span.column, rule.name)
            yield Diagnostic(*place, "The rule uses itself.", "Write out the levels as rules of their own.")


def _unused(rule: Rule, file: str) -> Diagnostic:
    entry = closest_match(rule.name, _ENTRIES)
    idiom = f"{entry} Else remove it" if entry else "Remove it"
    place = (file, rule.span.line, rule.span.column, rule.name)
    return Diagnostic(*place, "Nothing uses this rule.", f"{idiom}, or use it from an `allow` rule.")


def _reached(start: set[int], uses: Uses) -> set[int]:
    reached: set[int] = set()
    waiting = set(start)
    while waiting:
        index = waiting.pop()
        reached.add(index)
        waiting |= uses[index] - reached
    return reached


def _dependences(rules: list[Rule], bodies: list[BodyLinter], uses: Uses) -> dict[Head, Dependence]:
    dependences: dict[Head, Dependence] = {}
    for entry, rule in enumerate(rules):
        if rule.name in _ENTRIES:
            head = _head(rule)
            for index in _reached({entry}, uses):
                body = bodies[index]
                own = Dependence(traits_in(rules[index]), frozenset(body.words), frozenset(body.further))
                dependences[head] = dependences.get(head, Dependence()) | own
    return dependences


def _head(rule: Rule) -> Head:
    if rule.name != "allow":
        return (str(rule.parameters[0].type), rule.name)
    actor, action, row = rule.parameters
    return (str(actor.type), str(action.literal.value if action.literal else ""), str(row.type))


def _is_action(head: Head) -> bool:
    return len(head) == 3


def _untraced(rules: list[Rule], uses: Uses) -> set[int]:
    """The rules that something uses under `not`, where no proof names them, and all that those use."""
    denied = {call.name for rule in rules for call in calls_under_not(rule.body)}
    return _reached({index for index, rule in enumerate(rules) if rule.name in denied}, uses)


def _unknown_names(rules: list[Rule], text: str, file: str, bodies: list[BodyLinter]) -> Iterator[Diagnostic]:
    """Uses of rules that are not there, and mistyped entries: what is known of uses while other things are wrong."""
    names = {rule.name for rule in rules}
    called = {call.name for body in bodies for call, _ in body.calls}
    for rule in rules:
        if rule.name not in (*_ENTRIES, *called) and closest_match(rule.name, _ENTRIES):
            yield _unused(rule, file)
    for body in bodies:
        for call, _ in body.calls:
            if call.name not in names:
                shown = text[call.span.start : call.span.end]
                yield Diagnostic(file, call.span.line, call.span.column, shown, *_no_rule(call.name, names))


def _no_rule(name: str, names: set[str]) -> tuple[str, str]:
    return f"There is no rule {name}.", did_you_mean(name, names)


def _certain(rules: list[Rule], bodies: list[BodyLinter]) -> Iterator[Position]:
    """The parameters that every use gives a row that is never nil, and of which all rules of the name want one type."""
    doubtful = {
        (call.name, len(kinds), index)
        for body in bodies
        for call, kinds in body.calls
        for index, kind in enumerate(kinds)
        if not (isinstance(kind, RowValue) and kind.non_null)
    }
    wanted: defaultdict[Position, set[OperandType]] = defaultdict(set)
    for rule in rules:
        for index, parameter in enumerate(rule.parameters):
            position = (rule.name, len(rule.parameters), index)
            wanted[position].add(parameter_type(parameter))
            if parameter.fields or rule.name in _ENTRIES:
                doubtful.add(position)
    for position, kinds in wanted.items():
        if position not in doubtful and len(kinds) == 1:
            yield position


def _targets(call: RuleCall, kinds: tuple[OperandType, ...], rules: list[Rule], body: BodyLinter) -> set[int]:
    """The rules that `call` can mean, given the `kinds` of its arguments."""
    named = {index for index, rule in enumerate(rules) if rule.name == call.name}
    for argument, kind in zip(call.arguments, kinds, strict=True):
        if not isinstance(kind, ActorValue | RowValue | ColumnValue | ParameterValue | ConstantValue | TraitElement):
            body.refuse(
                argument.span, "This cannot be given to a rule.", "Give the actor, a row, a column or a literal."
            )
            return set()
    if not named:
        body.refuse(call.span, *_no_rule(call.name, {rule.name for rule in rules}))
        return set()
    targets = {index for index in named if _takes(rules[index].parameters, kinds)}
    if not targets:
        body.refuse(
            call.span,
            f"No rule {call.name} takes these {len(kinds)} arguments.",
            "Look at the number and the types of its parameters.",
        )
    return targets


def _takes(parameters: tuple[Parameter, ...], kinds: tuple[OperandType, ...]) -> bool:
    return len(parameters) == len(kinds) and all(map(_fits, kinds, map(parameter_type, parameters)))


def _fits(given: OperandType, wanted: OperandType) -> bool:
    match wanted, given:
        case ConstantValue(value), ConstantValue(other):
            return type(value) is type(other) and value == other
        case ((ConstantValue() | ParameterValue()), _):
            scalar = wanted.type if isinstance(wanted, ParameterValue) else type(wanted.value)
            return _scalar(given) is scalar
    return given == wanted


def _scalar(kind: OperandType) -> type | None:
    match kind:
        case ConstantValue(value):
            return type(value)
        case ColumnValue(column):
            return column.scalar
        case ParameterValue(scalar):
            return scalar
        case TraitElement():
            return str
    return None
