"""The conditions in the body of one rule, checked one after the other, in the order in which Oso evaluates them."""

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
from authz.model.actor_attributes import LIST_ATTRIBUTES, Trait

_NOT_OVER_DATA = (
    "`not` over data lets through rows that must not be.",
    "Use !=, `= nil`, `= false`, or a virtual flag that says the opposite.",
)


@dataclass
class BodyLinter:
    """The check of one body.

    `calls` are the uses of other rules, with what is given to them; `trait_conditions` the conditions that depend on
    the actor's traits alone, each with the name of the actor's variable; `words` the permissions and scopes that are
    asked for by name, and `further` the lists of which others are looked at too.
    """

    text: str
    file: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    calls: list[tuple[RuleCall, tuple[OperandType, ...]]] = field(default_factory=list)
    trait_conditions: list[tuple[Span, str]] = field(default_factory=list)
    words: set[StrEnum] = field(default_factory=set)
    further: set[type[StrEnum]] = field(default_factory=set)

    def check(self, condition: Condition, known: dict[str, OperandType]) -> bool:
        """Checks `condition`; adds to `known` the variables that it binds. Whether it depends on traits alone."""
        match condition:
            case And(_, items):
                return min([self.check(item, known) for item in items])
            case Or(_, items):
                return min([self.check(item, dict(known)) for item in items])
            case Not():
                return self._not(condition, known)
        try:
            return self._leaf(condition, known)
        except TypeCheckError as unknown:
            self.refuse(condition.span, unknown.reason, unknown.suggestion)
            return True

    def refuse(self, span: Span, reason: str, idiom: str) -> None:
        """Adds a finding about the text in `span`."""
        shown = " ".join(self.text[span.start : span.end].split())
        self.diagnostics.append(Diagnostic(self.file, span.line, span.column, shown, reason, idiom))

    def _not(self, condition: Not, known: dict[str, OperandType]) -> bool:
        inner = BodyLinter(self.text, self.file, self.diagnostics, self.calls, [], self.words, self.further)
        if not inner.check(condition.item, dict(known)):
            self.refuse(condition.span, *_NOT_OVER_DATA)
        self._open(condition.span, known)
        return True

    def _leaf(self, condition: RuleCall | Comparison | BooleanTest, known: dict[str, OperandType]) -> bool:
        match condition:
            case RuleCall(_, _, arguments):
                kinds = tuple(infer_type(argument, known) for argument in arguments)
                self.calls.append((condition, kinds))
                return all(isinstance(kind, ActorValue | ConstantValue | TraitElement) for kind in kinds)
            case Comparison(span, "in", left, right):
                return self._member(span, left, right, known)
            case Comparison(span, operator, left, right):
                kinds = (infer_type(left, known), infer_type(right, known))
                check_comparison(operator, *kinds)
            case BooleanTest(span, operand):
                kinds = (infer_type(operand, known),)
                _check_test(kinds[0])
        return self._traits_alone(span, kinds, known)

    def _member(self, span: Span, left: Operand, right: Operand, known: dict[str, OperandType]) -> bool:
        element, collection = infer_type(left, known), infer_type(right, known)
        match left, element, collection:
            case PathExpression(_, name, ()), Unbound(), ManyValue(model):
                known[name] = RowValue(model)
                return False
            case PathExpression(_, name, ()), Unbound(), TraitValue(Trait() as trait) if trait.scalar is list:
                if name.startswith("_") or name in list(trait.allowed_values or ()):
                    raise TypeCheckError(
                        "A variable stands for any of them, and everybody has one.",
                        'Write the word in quotes: "BILLING_VIEW" in actor.permissions.',
                    )
                known[name] = TraitElement(trait)
                self._look_further(trait)
                return True
        check_member(element, collection)
        match element, collection:
            case ConstantValue(str() as word), TraitValue(Trait(allowed_values=type() as words)):
                self.words.add(words(word))
            case _, TraitValue(looked_at):
                self._look_further(looked_at)
        return self._traits_alone(span, (element, collection), known)

    def _traits_alone(self, span: Span, kinds: tuple[OperandType, ...], known: dict[str, OperandType]) -> bool:
        if TraitValue(None) in kinds:
            self._look_further(None)
        if any(isinstance(kind, ColumnValue | FlagValue | RowValue | ParameterValue) for kind in kinds):
            return False
        # A variable stands for a word only while the condition that bound it is there, so that is kept as it is.
        if not any(isinstance(kind, TraitElement) for kind in kinds):
            self._open(span, known)
        return True

    def _look_further(self, trait: Trait | None) -> None:
        """Notes that any word of the list `trait` may matter; None: of any list."""
        self.further.update(
            LIST_ATTRIBUTES.values() if trait is None or trait.allowed_values is None else [trait.allowed_values]
        )

    def _open(self, span: Span, known: dict[str, OperandType]) -> None:
        actor = next((name for name, kind in known.items() if isinstance(kind, ActorValue)), None)
        if actor is not None:
            self.trait_conditions.append((span, actor))


def _check_test(kind: OperandType) -> None:
    match kind:
        case FlagValue() | ParameterValue():
            return
        case TraitValue(None):
            raise TypeCheckError("Oso takes no method for a condition.", "Write `= true` behind it.")
        case ColumnValue(column) if column.scalar is bool:
            return
        case TraitValue(Trait(scalar=scalar)) if scalar is bool:
            return
        case ConstantValue():
            raise TypeCheckError("This is always the same.", "Remove it, or write the condition that was meant.")
        case RowValue():
            raise TypeCheckError("A row is not a condition.", "To ask whether it is there, write `!= nil`.")
        case Unbound(name):
            raise TypeCheckError(f"The variable {name} stands for nothing here.", "Name a column or a trait.")
    raise TypeCheckError("Only what is true or false is a condition.", "Compare it with a literal.")
