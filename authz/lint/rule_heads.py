"""The heads of rules: `allow` speaks of an actor, an action and a type of the vocabulary; questions have their form."""

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
    TypeCheckError,
    did_you_mean,
    infer_type,
    parameter_type,
)
from authz.model.resources import ACTIONS, CAPABILITIES, Capability

_FORM = 'Write allow(actor: Member, "view", service: Service).'


def check_head(rule: Rule) -> None:
    """Raises Unknown when `rule` has the name of an entry, and not its form. Types have been looked up before."""
    kinds = [parameter_type(parameter) for parameter in rule.parameters if _typed(parameter)]
    if len(kinds) < len(rule.parameters):
        _check_action_alone(rule)
        return
    if not rule.parameters:
        raise TypeCheckError("A rule without a parameter speaks of nothing.", "Give it the actor or a row.")
    if rule.name.startswith(TRACED):
        raise TypeCheckError(f"Names that begin with `{TRACED}` are taken.", "Choose another name.")
    if rule.name == "allow":
        _check_allow(kinds)
    elif rule.name in tuple(Capability):
        _check_question(Capability(rule.name), kinds)


def _check_action_alone(rule: Rule) -> None:
    """The action of an `allow` rule whose types are not known is one of some type."""
    match rule.name, [parameter.literal for parameter in rule.parameters]:
        case "allow", [_, Literal(_, str() as action), _]:
            known = {str(each) for actions in ACTIONS.values() for each in actions}
            if action not in known:
                raise TypeCheckError(f"No type has an action {action!r}.", did_you_mean(action, known))


def head_of(rule: Rule) -> Span:
    """What is wrong about a head is shown there: the word between actor and row, or the name where there is none."""
    if len(rule.parameters) > 1:
        return rule.parameters[1].span
    return Span(rule.span.start, rule.span.start + len(rule.name), rule.span.line, rule.span.column)


def _typed(parameter: Parameter) -> bool:
    try:
        parameter_type(parameter)
    except TypeCheckError:
        return False
    return True


def _check_allow(kinds: list[OperandType]) -> None:
    match kinds:
        case [ActorValue(), ConstantValue(str() as action), RowValue(model)]:
            if model not in ACTIONS:
                raise TypeCheckError(f"Nothing is done with a {model.__name__} by itself.", _form_types())
            if action not in tuple(ACTIONS[model]):
                raise TypeCheckError(
                    f"{model.__name__} has no action {action!r}.", did_you_mean(action, ACTIONS[model])
                )
        case [ActorValue(), ParameterValue(), RowValue()]:
            raise TypeCheckError("The action has to be a literal.", "Write one `allow` rule for each action.")
        case _:
            raise TypeCheckError("`allow` takes an actor, an action and a row.", _FORM)


def _form_types() -> str:
    return f"Actions are on: {', '.join(model.__name__ for model in ACTIONS)}."


def _check_question(question: Capability, kinds: list[OperandType]) -> None:
    words = CAPABILITIES[question]
    match kinds:
        case [ActorValue()] if words is None:
            return
        case [ActorValue(), ParameterValue(scalar)] if words is not None and scalar is str:
            return
        case [ActorValue(), ConstantValue(str() as word)] if words is not None:
            if word not in words:
                raise TypeCheckError(f"{word!r} cannot be given.", did_you_mean(word, words))
        case _:
            form = f"{question}(actor: Member)" if words is None else f'{question}(actor: Member, "{words[0]}")'
            raise TypeCheckError(f"`{question}` has a form of its own.", f"Write {form}.")


def check_fields(parameter: Parameter, kind: OperandType) -> None:
    """Raises Unknown when a field that `parameter` asks for is not there or never has the value."""
    own = parameter.name or "_"
    for name, literal in parameter.fields:
        field = infer_type(PathExpression(parameter.span, own, (name,)), {own: kind})
        value = ConstantValue(literal.value)
        match field:
            case ColumnValue(column):
                check_enum_value(column.scalar, column.allowed_values, value)
            case FlagValue() if literal.value is True:
                continue
            case _ if isinstance(kind, ActorValue):
                _check_trait_field(field, value)
            case _:
                raise TypeCheckError(f"{name} cannot be asked for in a parameter.", "Ask for it in the body.")


def _check_trait_field(field: OperandType, value: ConstantValue) -> None:
    trait = getattr(field, "trait", None)
    if trait is None or trait.scalar is list:
        raise TypeCheckError("This trait cannot be asked for in a parameter.", "Ask for it in the body.")
    check_enum_value(trait.scalar, trait.words, value)


def missing_capabilities(rules: Sequence[Rule], file: str) -> Iterator[Diagnostic]:
    """A finding for each question about the actor that no rule answers."""
    names = {rule.name for rule in rules}
    for question in Capability:
        if question not in names:
            yield Diagnostic(
                file, 1, 1, question, "No rule has this name, so nobody is ever given the right.", "Add the rule."
            )
