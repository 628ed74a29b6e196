"""Checks the heads of rules: the parameters of `allow` and of the capabilities, and required field values."""

from collections.abc import Iterator, Sequence

from authz.language.ast import Literal, Parameter, PathExpression, Rule, Span
from authz.language.diagnostics import Diagnostic
from authz.language.instrument import TRACED
from authz.lint.comparisons import check_enum_value
from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    FlagValue,
    OperandType,
    ParameterValue,
    RowValue,
    TraitValue,
    TypeCheckError,
    did_you_mean,
    infer_type,
    parameter_type,
    unknown_value,
)
from authz.lint.unknown_words import Addition
from authz.model.actions import ACTIONS, CAPABILITIES, Capability

ENTRY_NAMES = ("allow", *Capability)
"""The names of the rules that Portico itself evaluates."""

_ALLOW_FORM = 'Write allow(actor: Member, "view", service: Service).'


def check_head(rule: Rule) -> None:
    """Raises TypeCheckError if `rule` has the name of an entry, but not its parameters.

    Parameters without a known type are ignored here: they have their own diagnostics.
    """
    types = [parameter_type(parameter) for parameter in rule.parameters if _has_known_type(parameter)]
    if len(types) < len(rule.parameters):
        _check_action_alone(rule)
        return
    if not rule.parameters:
        raise TypeCheckError("A rule must have a parameter.", "Give it the actor or a row.")
    if rule.name.startswith(TRACED):
        raise TypeCheckError(f"Names that begin with `{TRACED}` are reserved.", "Choose another name.")
    if rule.name == "allow":
        _check_allow(types)
    elif rule.name in tuple(Capability):
        _check_capability(Capability(rule.name), types)


def _check_action_alone(rule: Rule) -> None:
    """Checks the action of an `allow` rule that has unknown types: some type must have it."""
    match rule.name, [parameter.literal for parameter in rule.parameters]:
        case "allow", [_, Literal(_, str() as action), _]:
            all_actions = {str(known_action) for actions in ACTIONS.values() for known_action in actions}
            if action not in all_actions:
                raise TypeCheckError(
                    f"No type has an action {action!r}.", did_you_mean(action, all_actions, Addition.ACTION)
                )


def head_span(rule: Rule) -> Span:
    """Returns where errors about a head are reported: at its second parameter, or at the name if it has only one."""
    if len(rule.parameters) > 1:
        return rule.parameters[1].span
    return Span(rule.span.start, rule.span.start + len(rule.name), rule.span.line, rule.span.column)


def _has_known_type(parameter: Parameter) -> bool:
    try:
        parameter_type(parameter)
    except TypeCheckError:
        return False
    return True


def _check_allow(types: list[OperandType]) -> None:
    match types:
        case [ActorValue(), ConstantValue(str() as action), RowValue(model)]:
            if model not in ACTIONS:
                names = ", ".join(resource.__name__ for resource in ACTIONS)
                raise TypeCheckError(f"{model.__name__} has no actions of its own.", f"Use one of: {names}.")
            if action not in tuple(ACTIONS[model]):
                raise TypeCheckError(
                    f"{model.__name__} has no action {action!r}.", did_you_mean(action, ACTIONS[model], Addition.ACTION)
                )
        case [ActorValue(), ParameterValue(), RowValue()]:
            raise TypeCheckError("The action must be a literal.", "Write one `allow` rule for each action.")
        case _:
            raise TypeCheckError("`allow` takes an actor, an action and a row.", _ALLOW_FORM)


def _check_capability(capability: Capability, types: list[OperandType]) -> None:
    values = CAPABILITIES[capability]
    match types:
        case [ActorValue()] if values is None:
            return
        case [ActorValue(), ParameterValue(scalar)] if values is not None and scalar is str:
            return
        case [ActorValue(), ConstantValue(str() as value)] if values is not None:
            if value not in values:
                raise TypeCheckError(*unknown_value(value, values))
        case _:
            second = "" if values is None else f', "{values[0]}"'
            raise TypeCheckError(
                f"`{capability}` takes other parameters.", f"Write {capability}(actor: Member{second})."
            )


def check_fields(parameter: Parameter, operand_type: OperandType) -> None:
    """Raises TypeCheckError if a field that `parameter` requires does not exist, or never has the required value."""
    variable = parameter.name or "_"
    for name, literal in parameter.fields:
        field = infer_type(PathExpression(parameter.span, variable, (name,)), {variable: operand_type})
        value = ConstantValue(literal.value)
        match field:
            case ColumnValue(column):
                check_enum_value(column.scalar, column.allowed_values, value)
            case FlagValue() if literal.value is True:
                continue
            case _ if isinstance(operand_type, ActorValue):
                _check_trait_field(field, value)
            case _:
                raise TypeCheckError(f"A parameter cannot require {name}.", "Write the condition in the body.")


def _check_trait_field(field: OperandType, value: ConstantValue) -> None:
    trait = field.trait if isinstance(field, TraitValue) else None
    if trait is None or trait.scalar is list:
        raise TypeCheckError("A parameter cannot require this trait.", "Write the condition in the body.")
    check_enum_value(trait.scalar, trait.allowed_values, value)


def missing_capabilities(rules: Sequence[Rule], file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each capability that no rule defines."""
    names = {rule.name for rule in rules}
    for capability in Capability:
        if capability not in names:
            yield Diagnostic(
                file, 1, 1, capability, "No rule has this name, so nobody has this capability.", "Add the rule."
            )
