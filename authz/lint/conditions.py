"""Checks the conditions in the body of one rule, in the order in which Oso evaluates them."""

from dataclasses import dataclass, field
from enum import StrEnum

from authz.language.ast import And, BooleanTest, Comparison, Condition, Not, Operand, Or, PathExpression, RuleCall, Span
from authz.language.diagnostics import Diagnostic
from authz.lint.comparisons import check_comparison, check_member
from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    FlagValue,
    ManyValue,
    OperandType,
    ParameterValue,
    RowValue,
    TraitElement,
    TraitValue,
    TypeCheckError,
    Unbound,
    infer_type,
)
from authz.lint.trait_dependence import paths_in
from authz.lint.variables import WILDCARD
from authz.model.actor_attributes import LIST_ATTRIBUTES, Trait

_NOT_OVER_DATA = (
    "`not` over data allows rows that must be denied.",
    "Use !=, `= nil`, `= false`, or a virtual flag that means the opposite.",
)


@dataclass
class BodyLinter:
    """The check of one body.

    `calls` are the calls of other rules with the types of their arguments; `trait_conditions` the conditions that
    depend on the actor's traits alone, each with the name of the actor's variable; `values` the permissions and scopes
    that are named, and `whole_lists` the lists of which other values matter, too. `parameter_values` are the values
    that a parameter must have to equal a trait.
    """

    text: str
    file: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    calls: list[tuple[RuleCall, tuple[OperandType, ...]]] = field(default_factory=list)
    trait_conditions: list[tuple[Span, str]] = field(default_factory=list)
    values: set[StrEnum] = field(default_factory=set)
    whole_lists: set[type[StrEnum]] = field(default_factory=set)
    parameter_values: dict[str, type[StrEnum]] = field(default_factory=dict)

    def check(self, condition: Condition, environment: dict[str, OperandType]) -> bool:
        """Checks `condition`, and adds the variables that it binds to `environment`.

        Returns whether it depends on traits alone.
        """
        match condition:
            case And(_, items):
                return min([self.check(item, environment) for item in items])
            case Or(_, items):
                return min([self.check(item, dict(environment)) for item in items])
            case Not():
                return self._not(condition, environment)
        try:
            return self._leaf(condition, environment)
        except TypeCheckError as error:
            self.report(condition.span, error.reason, error.suggestion)
            return True

    def report(self, span: Span, reason: str, suggestion: str) -> None:
        """Adds a diagnostic about the text in `span`."""
        text = " ".join(self.text[span.start : span.end].split())
        self.diagnostics.append(Diagnostic(self.file, span.line, span.column, text, reason, suggestion))

    def _not(self, condition: Not, environment: dict[str, OperandType]) -> bool:
        shared = self.values, self.whole_lists, self.parameter_values
        inner = BodyLinter(self.text, self.file, self.diagnostics, self.calls, [], *shared)
        if not inner.check(condition.item, dict(environment)):
            self.report(condition.span, *_NOT_OVER_DATA)
        # As in `_on_traits_alone`: a variable that only this condition uses would be left over.
        if not any(isinstance(environment.get(path.root), TraitElement) for path in paths_in(condition.item)):
            self._add_trait_condition(condition.span, environment)
        return True

    def _leaf(self, condition: RuleCall | Comparison | BooleanTest, environment: dict[str, OperandType]) -> bool:
        match condition:
            case RuleCall(_, _, arguments):
                types = tuple(infer_type(argument, environment) for argument in arguments)
                self.calls.append((condition, types))
                return all(isinstance(type_, ActorValue | ConstantValue | TraitElement) for type_ in types)
            case Comparison(span, "in", left, right):
                return self._member(span, left, right, environment)
            case Comparison(span, operator, left, right):
                types = (infer_type(left, environment), infer_type(right, environment))
                check_comparison(operator, *types)
                self._add_parameter_values(left, *types)
                self._add_parameter_values(right, *types[::-1])
            case BooleanTest(span, operand):
                types = (infer_type(operand, environment),)
                _check_test(types[0])
        return self._on_traits_alone(span, types, environment)

    def _member(self, span: Span, left: Operand, right: Operand, environment: dict[str, OperandType]) -> bool:
        element, collection = infer_type(left, environment), infer_type(right, environment)
        match left, element, collection:
            case PathExpression(_, name, ()), Unbound(), ManyValue(model):
                if name != WILDCARD:
                    environment[name] = RowValue(model)
                return False
            case PathExpression(_, name, ()), Unbound(), TraitValue(Trait() as trait) if trait.scalar is list:
                if name.startswith("_") or name in list(trait.allowed_values or ()):
                    raise TypeCheckError(
                        "A variable matches every value of the list.",
                        'Write the value in quotes: "BILLING_VIEW" in actor.permissions.',
                    )
                environment[name] = TraitElement(trait)
                self._add_whole_list(trait)
                return True
        check_member(element, collection)
        self._add_parameter_values(left, element, collection)
        match element, collection:
            case ConstantValue(str() as value), TraitValue(Trait(allowed_values=type() as allowed_values)):
                self.values.add(allowed_values(value))
            case _, TraitValue(list_trait):
                self._add_whole_list(list_trait)
        return self._on_traits_alone(span, (element, collection), environment)

    def _on_traits_alone(self, span: Span, types: tuple[OperandType, ...], environment: dict[str, OperandType]) -> bool:
        if TraitValue(None) in types:
            self._add_whole_list(None)
        if any(isinstance(type_, ColumnValue | FlagValue | RowValue | ParameterValue) for type_ in types):
            return False
        # A variable has a value only as long as the condition that binds it is there, so such a condition stays.
        if not any(isinstance(type_, TraitElement) for type_ in types):
            self._add_trait_condition(span, environment)
        return True

    def _add_whole_list(self, trait: Trait | None) -> None:
        """Records that any value of the list `trait` may matter; None: of any list."""
        self.whole_lists.update(
            LIST_ATTRIBUTES.values() if trait is None or trait.allowed_values is None else [trait.allowed_values]
        )

    def _add_parameter_values(self, operand: Operand, type_: OperandType, other: OperandType) -> None:
        match operand, type_, other:
            case (
                PathExpression(_, name, ()),
                ParameterValue(),
                TraitValue(Trait(allowed_values=type() as values))
                | TraitElement(Trait(allowed_values=type() as values)),
            ):
                self.parameter_values.setdefault(name, values)

    def _add_trait_condition(self, span: Span, environment: dict[str, OperandType]) -> None:
        actor = next((name for name, type_ in environment.items() if isinstance(type_, ActorValue)), None)
        if actor is not None:
            self.trait_conditions.append((span, actor))


def _check_test(operand_type: OperandType) -> None:
    match operand_type:
        case FlagValue() | ParameterValue():
            return
        case TraitValue(None):
            raise TypeCheckError("Oso accepts no method call as a condition.", "Add `= true` after it.")
        case ColumnValue(column) if column.scalar is bool:
            return
        case TraitValue(Trait(scalar=scalar)) if scalar is bool:
            return
        case ConstantValue():
            raise TypeCheckError("This condition never varies.", "Remove it, or write the condition that was meant.")
        case RowValue():
            raise TypeCheckError("A row is not a condition.", "To check that it exists, write `!= nil`.")
        case Unbound(name):
            raise TypeCheckError(f"The variable {name} has no value here.", "Name a column or a trait.")
    raise TypeCheckError("A condition must be true or false.", "Compare it with a literal.")
