"""Follows the values that calls pass to the parameters of rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from authz.language.ast import Operand, PathExpression, Rule
from authz.lint.call_graph import RulesByName, callees
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import OperandType, ParameterValue

Position = tuple[int, int]
"""A parameter: the index of its rule, and its own."""


@dataclass(frozen=True, slots=True)
class PassedValue:
    """A value that a call in the rule `caller` passes to a parameter."""

    caller: int
    argument: Operand
    type: OperandType
    position: Position

    def source(self, rules: Sequence[Rule]) -> Position | None:
        """Returns the parameter of the caller that is passed on; None if it is another value."""
        if not isinstance(self.type, ParameterValue) or not isinstance(self.argument, PathExpression):
            return None
        names = [parameter.name for parameter in rules[self.caller].parameters]
        return self.caller, names.index(self.argument.root)


def passed_values(named: RulesByName, bodies: Sequence[BodyLinter]) -> Iterator[PassedValue]:
    """Yields all values that calls pass to parameters which they can match."""
    for caller, body in enumerate(bodies):
        for call, types in body.calls:
            for index in callees(call, types, named):
                for place, (argument, type_) in enumerate(zip(call.arguments, types, strict=True)):
                    yield PassedValue(caller, argument, type_, (index, place))


def is_one_of(operand: Operand, names: set[str | None]) -> bool:
    """Whether `operand` is one of the variables `names`, and not a path from it."""
    return isinstance(operand, PathExpression) and not operand.steps and operand.root in names
