"""The conditions in the body of one rule, checked one after the other, in the order in which Oso evaluates them."""

from dataclasses import dataclass, field
from enum import StrEnum

from authz.language.ast import And, Call, Comparison, Condition, Not, Operand, Or, PathTo, Span, Test
from authz.language.diagnostics import Finding
from authz.lint.comparisons import check_comparison, check_member
from authz.lint.operand_types import (
    ActorValue,
    ColumnValue,
    ConstantValue,
    FlagValue,
    Kind,
    ManyValue,
    ParameterValue,
    RowValue,
    TraitValue,
    TraitWord,
    Unbound,
    Unknown,
    kind_of,
)
from authz.model.actor_attributes import LISTS, Trait

_NOT_OVER_DATA = (
    "`not` over data lets through rows that must not be.",
    "Use !=, `= nil`, `= false`, or a virtual flag that says the opposite.",
)


@dataclass
class BodyLint:
    """The check of one body.

    `calls` are the uses of other rules, with what is given to them; `trait_conditions` the conditions that depend on
    the actor's traits alone, each with the name of the actor's variable; `words` the permissions and scopes that are
    asked for by name, and `further` the lists of which others are looked at too.
    """

    text: str
    file: str
    findings: list[Finding] = field(default_factory=list)
    calls: list[tuple[Call, tuple[Kind, ...]]] = field(default_factory=list)
    trait_conditions: list[tuple[Span, str]] = field(default_factory=list)
    words: set[StrEnum] = field(default_factory=set)
    further: set[type[StrEnum]] = field(default_factory=set)

    def check(self, condition: Condition, known: dict[str, Kind]) -> bool:
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
        except Unknown as unknown:
            self.refuse(condition.span, unknown.reason, unknown.idiom)
            return True

    def refuse(self, span: Span, reason: str, idiom: str) -> None:
        """Adds a finding about the text in `span`."""
        shown = " ".join(self.text[span.start : span.end].split())
        self.findings.append(Finding(self.file, span.line, span.column, shown, reason, idiom))

    def _not(self, condition: Not, known: dict[str, Kind]) -> bool:
        inner = BodyLint(self.text, self.file, self.findings, self.calls, [], self.words, self.further)
        if not inner.check(condition.item, dict(known)):
            self.refuse(condition.span, *_NOT_OVER_DATA)
        self._open(condition.span, known)
        return True

    def _leaf(self, condition: Call | Comparison | Test, known: dict[str, Kind]) -> bool:
        match condition:
            case Call(_, _, arguments):
                kinds = tuple(kind_of(argument, known) for argument in arguments)
                self.calls.append((condition, kinds))
                return all(isinstance(kind, ActorValue | ConstantValue | TraitWord) for kind in kinds)
            case Comparison(span, "in", left, right):
                return self._member(span, left, right, known)
            case Comparison(span, operator, left, right):
                kinds = (kind_of(left, known), kind_of(right, known))
                check_comparison(operator, *kinds)
            case Test(span, operand):
                kinds = (kind_of(operand, known),)
                _check_test(kinds[0])
        return self._traits_alone(span, kinds, known)

    def _member(self, span: Span, left: Operand, right: Operand, known: dict[str, Kind]) -> bool:
        element, collection = kind_of(left, known), kind_of(right, known)
        match left, element, collection:
            case PathTo(_, name, ()), Unbound(), ManyValue(model):
                known[name] = RowValue(model)
                return False
            case PathTo(_, name, ()), Unbound(), TraitValue(Trait() as trait) if trait.scalar is list:
                if name.startswith("_") or name in list(trait.words or ()):
                    raise Unknown(
                        "A variable stands for any of them, and everybody has one.",
                        'Write the word in quotes: "BILLING_VIEW" in actor.permissions.',
                    )
                known[name] = TraitWord(trait)
                self._look_further(trait)
                return True
        check_member(element, collection)
        match element, collection:
            case ConstantValue(str() as word), TraitValue(Trait(words=type() as words)):
                self.words.add(words(word))
            case _, TraitValue(looked_at):
                self._look_further(looked_at)
        return self._traits_alone(span, (element, collection), known)

    def _traits_alone(self, span: Span, kinds: tuple[Kind, ...], known: dict[str, Kind]) -> bool:
        if TraitValue(None) in kinds:
            self._look_further(None)
        if any(isinstance(kind, ColumnValue | FlagValue | RowValue | ParameterValue) for kind in kinds):
            return False
        # A variable stands for a word only while the condition that bound it is there, so that is kept as it is.
        if not any(isinstance(kind, TraitWord) for kind in kinds):
            self._open(span, known)
        return True

    def _look_further(self, trait: Trait | None) -> None:
        """Notes that any word of the list `trait` may matter; None: of any list."""
        self.further.update(LISTS.values() if trait is None or trait.words is None else [trait.words])

    def _open(self, span: Span, known: dict[str, Kind]) -> None:
        actor = next((name for name, kind in known.items() if isinstance(kind, ActorValue)), None)
        if actor is not None:
            self.trait_conditions.append((span, actor))


def _check_test(kind: Kind) -> None:
    match kind:
        case FlagValue() | ParameterValue():
            return
        case TraitValue(None):
            raise Unknown("Oso takes no method for a condition.", "Write `= true` behind it.")
        case ColumnValue(column) if column.scalar is bool:
            return
        case TraitValue(Trait(scalar=scalar)) if scalar is bool:
            return
        case ConstantValue():
            raise Unknown("This is always the same.", "Remove it, or write the condition that was meant.")
        case RowValue():
            raise Unknown("A row is not a condition.", "To ask whether it is there, write `!= nil`.")
        case Unbound(name):
            raise Unknown(f"The variable {name} stands for nothing here.", "Name a column or a trait.")
    raise Unknown("Only what is true or false is a condition.", "Compare it with a literal.")
