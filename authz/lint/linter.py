"""Entry point of the linter: the first of the four load checks, on a policy's source, before Oso sees it.

Every name is looked up and every condition type-checked. What Oso silently accepts (a mistyped action, a rule that
nothing uses, a wrong number of arguments) and what it gets wrong (see `docs/policy.md`) is reported with its position
and a suggestion.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from authz.actor import ActorKind
from authz.language.ast import Rule, Span
from authz.language.diagnostics import Diagnostic, in_file_order
from authz.language.instrument import ParameterPosition, negated_calls
from authz.language.parser import parse
from authz.lint.call_graph import (
    CallGraph,
    build_call_graph,
    no_such_rule,
    non_null_parameters,
    reachable,
    rules_by_name,
)
from authz.lint.circular_flags import circular_flags
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import OperandType, TypeCheckError, closest_match, parameter_type
from authz.lint.parameters import passed_values
from authz.lint.passed_columns import report_columns
from authz.lint.rule_heads import ENTRY_NAMES, check_fields, check_head, head_span, missing_capabilities
from authz.lint.trait_dependence import ANYTHING, Dependence, traits_in
from authz.lint.unknown_words import Addition, pointer
from authz.lint.variables import WILDCARD, bound_twice, reserved_names, used_once
from authz.lint.words import report_words

Entry = tuple[str, ...]
"""Actor kind, action and resource type of an `allow` rule, or actor kind and name of a capability."""


@dataclass(frozen=True, slots=True)
class LintResult:
    """The rules of a policy, the errors in them, and facts about them. With errors, there are no facts.

    `trait_conditions` depend on traits alone; each comes with the name of the actor's variable. `non_null` are the
    parameters whose type is certain in every call. `allow_dependence` is the union of what the `allow` rules depend on
    (`ANYTHING` if there are errors), `entry_dependences` the same for each entry. `untraced_lines` are the lines of
    rules that are called under `not`, directly or indirectly.
    """

    rules: tuple[Rule, ...]
    diagnostics: tuple[Diagnostic, ...]
    trait_conditions: tuple[tuple[Span, str], ...]
    non_null: frozenset[ParameterPosition]
    allow_dependence: Dependence
    entry_dependences: Mapping[Entry, Dependence]
    untraced_lines: frozenset[int]


def lint(text: str, file: str) -> LintResult:
    """Checks the policy `text`, which diagnostics call `file`."""
    rules, diagnostics = parse(text, file)
    is_complete = not diagnostics
    bodies = [_check_rule(rule, text, file) for rule in rules]
    for rule, body in zip(rules, bodies, strict=True):
        diagnostics += body.diagnostics or _variables(rule, text, file)
    graph: CallGraph = {}
    if not diagnostics:
        named = rules_by_name(rules)
        graph = build_call_graph(named, bodies)
        if not any(body.diagnostics for body in bodies):
            passes = list(passed_values(named, bodies))
            report_columns(rules, bodies, passes)
            report_words(rules, bodies, passes)
        diagnostics += [diagnostic for body in bodies for diagnostic in body.diagnostics]
        diagnostics += _check_calls(rules, graph, file)
        diagnostics += circular_flags(rules, graph, text, file)
    elif is_complete:
        diagnostics += _unknown_names(rules, text, file, bodies)
    if is_complete:
        diagnostics += missing_capabilities(rules, file)
    if diagnostics:
        return LintResult(tuple(rules), in_file_order(diagnostics), (), frozenset(), ANYTHING, {}, frozenset())
    dependences = _entry_dependences(rules, bodies, graph)
    return LintResult(
        tuple(rules),
        (),
        tuple(condition for body in bodies for condition in body.trait_conditions),
        frozenset(non_null_parameters(rules, bodies)),
        reduce(or_, (dependence for entry, dependence in dependences.items() if _is_action(entry)), Dependence()),
        dependences,
        frozenset(rules[index].span.line for index in _untraced(rules, graph)),
    )


def _variables(rule: Rule, text: str, file: str) -> Iterator[Diagnostic]:
    yield from used_once(rule, file)
    yield from bound_twice(rule, file, text)
    yield from reserved_names(rule, file)


def _check_rule(rule: Rule, text: str, file: str) -> BodyLinter:
    body = BodyLinter(text, file)
    environment: dict[str, OperandType] = {}
    for parameter in rule.parameters:
        try:
            type_ = parameter_type(parameter)
            check_fields(parameter, type_)
        except TypeCheckError as error:
            body.report(parameter.span, error.reason, error.suggestion)
            continue
        if parameter.name in environment and parameter.name != "_":
            body.report(
                parameter.span,
                "Two parameters have the same name: Oso would drop the condition that they are equal.",
                "Give each its own name; only relations connect rows.",
            )
        if parameter.name not in (None, WILDCARD):
            environment[parameter.name] = type_
    try:
        check_head(rule)
    except TypeCheckError as error:
        body.report(head_span(rule), error.reason, error.suggestion)
    if rule.body is not None and all(parameter.name in (None, WILDCARD, *environment) for parameter in rule.parameters):
        body.check(rule.body, environment)
    return body


def _check_calls(rules: list[Rule], graph: CallGraph, file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each rule that nothing uses, and for each that uses itself."""
    used = reachable({index for index, rule in enumerate(rules) if rule.name in ENTRY_NAMES}, graph)
    for index, rule in enumerate(rules):
        if index not in used:
            yield _unused(rule, file)
        if index in reachable(graph[index], graph):
            place = (file, rule.span.line, rule.span.column, rule.name)
            yield Diagnostic(*place, "The rule uses itself.", "Write a separate rule for each level.")


def _unused(rule: Rule, file: str) -> Diagnostic:
    entry = closest_match(rule.name, ENTRY_NAMES)
    suggestion = f"{entry} Otherwise, remove it" if entry else "Remove it"
    place = (file, rule.span.line, rule.span.column, rule.name)
    # A rule about the actor alone may be meant as a capability, which Portico doesn't have.
    question = pointer(rule.name, ENTRY_NAMES, Addition.CAPABILITY) if _is_about_actor(rule) else ""
    return Diagnostic(*place, "Nothing uses this rule.", f"{suggestion}, or use it from an `allow` rule.{question}")


def _is_about_actor(rule: Rule) -> bool:
    first, *others = rule.parameters
    return first.type in tuple(ActorKind) and all(each.literal is not None or each.type == "String" for each in others)


def _entry_dependences(rules: list[Rule], bodies: list[BodyLinter], graph: CallGraph) -> dict[Entry, Dependence]:
    of_rules = [
        Dependence(traits_in(rule), frozenset(body.values), frozenset(body.whole_lists))
        for rule, body in zip(rules, bodies, strict=True)
    ]
    dependences: dict[Entry, Dependence] = {}
    for start, rule in enumerate(rules):
        if rule.name in ENTRY_NAMES:
            entry = entry_of(rule)
            of_entry = (of_rules[index] for index in reachable({start}, graph))
            dependences[entry] = reduce(or_, of_entry, dependences.get(entry, Dependence()))
    return dependences


def entry_of(rule: Rule) -> Entry:
    """Returns the entry point that a rule is about: an `allow` rule, or one about a capability."""
    if rule.name != "allow":
        return (str(rule.parameters[0].type), rule.name)
    actor, action, row = rule.parameters
    return (str(actor.type), str(action.literal.value if action.literal else ""), str(row.type))


def _is_action(entry: Entry) -> bool:
    return len(entry) == 3


def _untraced(rules: list[Rule], graph: CallGraph) -> set[int]:
    """Returns the rules that are called under `not`, where no trail names them, and all rules that they call."""
    negated = {call.name for rule in rules for call in negated_calls(rule.body)}
    return reachable({index for index, rule in enumerate(rules) if rule.name in negated}, graph)


def _unknown_names(rules: list[Rule], text: str, file: str, bodies: list[BodyLinter]) -> Iterator[Diagnostic]:
    """Yields what is certain about calls although there are other errors: unknown rules, and mistyped entry names."""
    names = {rule.name for rule in rules}
    called = {call.name for body in bodies for call, _ in body.calls}
    for rule in rules:
        if rule.name not in (*ENTRY_NAMES, *called) and closest_match(rule.name, ENTRY_NAMES):
            yield _unused(rule, file)
    for body in bodies:
        for call, _ in body.calls:
            if call.name not in names:
                call_text = text[call.span.start : call.span.end]
                yield Diagnostic(file, call.span.line, call.span.column, call_text, *no_such_rule(call.name, names))
