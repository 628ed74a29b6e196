"""Finds words that are misspelt where only another rule says which ones there are.

has(actor, "BILING_VIEW")
has(actor: Member, permission: String) if permission in actor.permissions;
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from authz.language.ast import And, Comparison, Condition, ListLiteral, Literal, Not, Operand, Or, Rule
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import ColumnValue, ConstantValue, TraitElement, unknown_value
from authz.lint.parameters import PassedValue, Position, is_one_of
from authz.model.actions import CAPABILITIES, Capability
from authz.model.actor_attributes import Trait
from authz.model.resources import Column

Words = frozenset[str] | None
"""The words that a value can be; None for any."""


def report_words(rules: Sequence[Rule], bodies: Sequence[BodyLinter], passes: list[PassedValue]) -> None:
    """Reports to each body the literals that no value of a parameter equals, and those that it passes in vain."""
    required = _required(rules, bodies, passes)
    for each in passes:
        if isinstance(each.type, ConstantValue) and (words := required.get(each.position)) is not None:
            _report_unknown(bodies[each.caller], [each.argument], words)
    possible = _Possible(rules, passes)
    for index, rule in enumerate(rules):
        for place, parameter in enumerate(rule.parameters):
            words = required.get((index, place)) or possible.at((index, place))
            if words is None:
                continue
            if parameter.literal is not None:
                _report_unknown(bodies[index], [parameter.literal], words)
            elif rule.body is not None and parameter.name is not None:
                _report_unknown(bodies[index], _compared(rule.body, parameter.name), words)


def _required(rules: Sequence[Rule], bodies: Sequence[BodyLinter], passes: list[PassedValue]) -> dict[Position, Words]:
    """Returns the words of the traits with which parameters are compared, also by the rules that they are passed to."""
    required: dict[Position, Words] = {}
    for index, rule in enumerate(rules):
        for place, parameter in enumerate(rule.parameters):
            if (values := bodies[index].parameter_values.get(parameter.name or "")) is not None:
                required[index, place] = _words(values)
    size = -1
    while size != len(required):
        size = len(required)
        for each in passes:
            source = each.source(rules)
            if source is not None and each.position in required:
                required.setdefault(source, required[each.position])
    return required


class _Possible:
    """The words that can be passed to parameters: None for any, or if only literals are passed."""

    def __init__(self, rules: Sequence[Rule], passes: list[PassedValue]) -> None:
        self._rules = rules
        self._known: dict[Position, Words] = {}
        self._passes: defaultdict[Position, list[PassedValue]] = defaultdict(list)
        for each in passes:
            self._passes[each.position].append(each)

    def at(self, position: Position) -> Words:
        """Returns the words of one parameter."""
        if position not in self._known:
            passes = self._passes[position]
            literal = bool(passes) and all(isinstance(each.type, ConstantValue) for each in passes)
            words = [*self._of_capability(position), *map(self._of_value, passes)]
            self._known[position] = None if literal else _joined(words)
        return self._known[position]

    def _of_capability(self, position: Position) -> Iterable[Words]:
        index, place = position
        name = self._rules[index].name
        values = CAPABILITIES[Capability(name)] if name in tuple(Capability) and place == 1 else None
        return () if values is None else (frozenset(map(str, values)),)

    def _of_value(self, value: PassedValue) -> Words:
        source = value.source(self._rules)
        if source is not None:
            return self.at(source)
        match value.type:
            case ColumnValue(Column(allowed_values=type() as values)) | TraitElement(
                Trait(allowed_values=type() as values)
            ):
                return _words(values)
            case ConstantValue(str() as word):
                return frozenset({word})
        return None


def _joined(words: list[Words]) -> Words:
    """Returns all of `words`; None if there are none, or any is possible."""
    known = [each for each in words if each is not None]
    return frozenset().union(*known) if known and len(known) == len(words) else None


def _words(values: type[StrEnum]) -> frozenset[str]:
    return frozenset(map(str, values))


def _compared(condition: Condition, name: str) -> Iterator[Operand]:
    """Yields the literals with which the parameter `name` is compared."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _compared(item, name)
        case Not(_, item):
            yield from _compared(item, name)
        case Comparison(_, "=" | "==" | "!=" | "in", left, right):
            if is_one_of(left, {name}):
                yield from right.items if isinstance(right, ListLiteral) else (right,)
            elif is_one_of(right, {name}):
                yield left


def _report_unknown(body: BodyLinter, operands: Iterable[Operand], words: Words) -> None:
    for operand in operands:
        if isinstance(operand, Literal) and isinstance(operand.value, str) and operand.value not in (words or ()):
            body.report(operand.span, *unknown_value(operand.value, sorted(words or ())))
