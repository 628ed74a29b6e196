"""The call graph of a policy: which rules use which, and what follows for the parameters of its rules."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from authz.language.ast import Rule, RuleCall
from authz.language.instrument import ParameterPosition
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    OperandType,
    ParameterValue,
    RowValue,
    TraitElement,
    did_you_mean,
    parameter_type,
)
from authz.lint.rule_heads import ENTRY_NAMES

CallGraph = dict[int, set[int]]
"""Per rule, by its index in the policy, the rules that it calls."""


RulesByName = Mapping[str, Sequence[tuple[int, tuple[OperandType, ...]]]]
"""The indexes of rules and the types of their parameters, by the rules' names."""


def rules_by_name(rules: Sequence[Rule]) -> RulesByName:
    """Returns the index of `rules`, whose parameters all have types."""
    found: defaultdict[str, list[tuple[int, tuple[OperandType, ...]]]] = defaultdict(list)
    for index, rule in enumerate(rules):
        found[rule.name].append((index, tuple(map(parameter_type, rule.parameters))))
    return dict(found)


def build_call_graph(named: RulesByName, bodies: list[BodyLinter]) -> CallGraph:
    """Returns the call graph of the rules. Reports to each body the calls that no rule matches."""
    return {
        index: {callee for call, types in body.calls for callee in _callees(call, types, named, body)}
        for index, body in enumerate(bodies)
    }


def reachable(start: set[int], graph: CallGraph) -> set[int]:
    """Returns `start` and all rules that it calls, directly or indirectly."""
    visited: set[int] = set()
    pending = set(start)
    while pending:
        index = pending.pop()
        visited.add(index)
        pending |= graph[index] - visited
    return visited


def non_null_parameters(rules: list[Rule], bodies: list[BodyLinter]) -> Iterator[ParameterPosition]:
    """Yields the parameters to which every call passes a row that is never nil, and that have one type in all rules."""
    uncertain = {
        (call.name, len(types), index)
        for body in bodies
        for call, types in body.calls
        for index, type_ in enumerate(types)
        if not (isinstance(type_, RowValue) and type_.non_null)
    }
    declared: defaultdict[ParameterPosition, set[OperandType]] = defaultdict(set)
    for rule in rules:
        for index, parameter in enumerate(rule.parameters):
            position = (rule.name, len(rule.parameters), index)
            declared[position].add(parameter_type(parameter))
            if parameter.fields or rule.name in ENTRY_NAMES:
                uncertain.add(position)
    for position, types in declared.items():
        if position not in uncertain and len(types) == 1:
            yield position


def no_such_rule(name: str, names: set[str]) -> tuple[str, str]:
    """Returns the reason and the suggestion for a call of a rule that is not among `names`."""
    return f"There is no rule {name}.", did_you_mean(name, names)


def callees(call: RuleCall, types: tuple[OperandType, ...], named: RulesByName) -> Iterator[int]:
    """Yields the rules that `call` can match, given the `types` of its arguments."""
    for index, parameters in named.get(call.name, ()):
        if len(parameters) == len(types) and all(map(_fits, types, parameters)):
            yield index


def _callees(call: RuleCall, types: tuple[OperandType, ...], named: RulesByName, body: BodyLinter) -> set[int]:
    for argument, type_ in zip(call.arguments, types, strict=True):
        if not isinstance(type_, ActorValue | RowValue | ColumnValue | ParameterValue | ConstantValue | TraitElement):
            body.report(
                argument.span, "This cannot be passed to a rule.", "Pass the actor, a row, a column or a literal."
            )
            return set()
    if call.name not in named:
        body.report(call.span, *no_such_rule(call.name, set(named)))
        return set()
    found = set(callees(call, types, named))
    if not found:
        body.report(
            call.span,
            f"No rule {call.name} takes these {len(types)} arguments.",
            "Check the number and the types of its parameters.",
        )
    return found


def _fits(argument: OperandType, parameter: OperandType) -> bool:
    match parameter, argument:
        case ConstantValue(value), ConstantValue(other):
            return type(value) is type(other) and value == other
        case ((ConstantValue() | ParameterValue()), _):
            scalar = parameter.type if isinstance(parameter, ParameterValue) else type(parameter.value)
            return _scalar(argument) is scalar
    return argument == parameter


def _scalar(operand_type: OperandType) -> type | None:
    match operand_type:
        case ConstantValue(value):
            return type(value)
        case ColumnValue(column):
            return column.scalar
        case ParameterValue(scalar):
            return scalar
        case TraitElement():
            return str
    return None
