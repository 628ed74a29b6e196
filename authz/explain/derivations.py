"""The ways in which a policy's source allows something, condition by condition, each with its place in the file.

Oso keeps the lines of rules and not those of conditions, and folds away what the traits of an actor decide: enough to
decide, too little to say why, or which lines were tested. Here the rules are unfolded from their text alone, as the
parser reads it: each use of a rule is replaced by each rule of that name, each `or` by each of its sides, until
only conditions are left. Nothing is folded, so a condition on traits stands there like any other:

    allow(actor: Member, "assign", account: ContractAccount) if
        manages_users(actor) and sees_contract_account(actor, account);
    ->
    derivation 1:   "USER_MANAGEMENT" in actor.permissions                  of the rule manages_users
                    account.organization_id = actor.organization_id         of the rule sees_contract_account, …
    derivation 2:   …

A condition becomes, for given traits, a predicate of `predicate.py` (`meaning.py`), so a derivation is evaluated as a
decision is. Derivations decide nothing: a test holds that they say what the compiled decision says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from authz.actor import ActorKind, Traits
from authz.explain.condition_predicates import Element, Environment, ReachedValue, Value, resolve_operand, to_predicate
from authz.language.ast import (
    And,
    Comparison,
    Condition,
    Literal,
    Not,
    Or,
    Parameter,
    PathExpression,
    Rule,
    RuleCall,
    Span,
)
from authz.lint.operand_types import SCALARS
from authz.model.actor_attributes import TRAITS
from authz.model.resources import Column
from authz.predicates.nodes import FALSE, TRUE, Predicate, Source
from models import Base


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a derivation: its span and text in the file, the rule that asks it, and its variables.

    `binds` is the element of a relation that it introduces (`grant in account.grants`); `denies` are the derivations of
    what stands under `not`, which is about traits alone. What is not `written` follows from a parameter's type: that
    the row is there.
    """

    span: Span
    text: str
    rule: Source
    condition: Condition
    variables: Environment = field(compare=False)
    binds: Element | None = None
    denies: "tuple[Derivation, ...] | None" = None
    written: bool = True

    def predicate(self, traits: Traits) -> tuple[Element | None, Predicate]:
        """As `meaning.meaning`. An element that is introduced is no condition on itself: true."""
        if self.binds is not None:
            return self.binds, TRUE
        if self.denies is None:
            return to_predicate(self.condition, self.variables, traits)
        fulfilled = any(
            all(step.predicate(traits)[1] == TRUE for step in derivation.steps) for derivation in self.denies
        )
        return None, FALSE if fulfilled else TRUE


@dataclass(frozen=True, slots=True)
class Derivation:
    """One way through the rules: the rules, outermost first, and all conditions, in the order of evaluation."""

    rules: tuple[Source, ...]
    steps: tuple[Step, ...]


_NOTHING = Derivation((), ())


def _joined(first: Derivation, second: Derivation) -> Derivation:
    return Derivation(first.rules + second.rules, first.steps + second.steps)


class DerivationBuilder:
    """The rules of a policy that the lint lets through: its source `text`, called `file`, and what was parsed."""

    def __init__(self, text: str, file: str, rules: Sequence[Rule]) -> None:
        self._text = text
        self._file = file
        self._rules = rules
        self._numbers = count(1)

    def for_action(self, kind: ActorKind, action: str, model: type[Base]) -> list[Derivation]:
        """The ways in which actors of `kind` may do `action` to a row of `model`."""
        return [
            derivation for derivation, _ in self._use("allow", (kind, str(action), ReachedValue(Element(0, model))))
        ]

    def for_rule(self, kind: ActorKind, rule: str, *words: str) -> list[Derivation]:
        """The ways in which the `rule` holds of an actor of `kind` and of `words`."""
        return [derivation for derivation, _ in self._use(rule, (kind, *map(str, words)))]

    def _use(self, name: str, arguments: tuple[Value, ...]) -> Iterator[tuple[Derivation, Environment]]:
        for rule in self._rules:
            if rule.name != name or len(rule.parameters) != len(arguments):
                continue
            if all(map(_fits, rule.parameters, arguments)):
                yield from self._entered(rule, arguments)

    def _entered(self, rule: Rule, arguments: tuple[Value, ...]) -> Iterator[tuple[Derivation, Environment]]:
        source = Source(self._file, rule.span.line)
        variables: dict[str, Value] = {}
        head: list[Step] = []
        for parameter, argument in zip(rule.parameters, arguments, strict=True):
            if parameter.name is not None:
                variables[parameter.name] = argument
            head += self._head(parameter, argument, source)
        derivation = Derivation((source,), tuple(head))
        if rule.body is None:
            yield derivation, variables
            return
        for rest, bound in self._unfolded(rule.body, variables, source):
            yield _joined(derivation, rest), bound

    def _head(self, parameter: Parameter, argument: Value, rule: Source) -> Iterator[Step]:
        """The conditions that a parameter makes: that a row is there, that it equals a literal, that fields do."""
        if not isinstance(argument, ReachedValue | ActorKind):
            return
        own = PathExpression(parameter.span, "parameter", ())
        asked: list[Condition] = []
        if parameter.literal is not None:
            asked.append(Comparison(parameter.span, "=", own, parameter.literal))
        elif isinstance(argument, ReachedValue) and not argument.non_null:
            asked.append(Comparison(parameter.span, "!=", own, Literal(parameter.span, None)))
        for name, literal in parameter.fields:
            asked.append(Comparison(literal.span, "=", PathExpression(literal.span, "parameter", (name,)), literal))
        for condition in asked:
            step = self._step(condition, {"parameter": argument}, rule, parameter.span)
            there = isinstance(condition, Comparison) and condition.operator == "!="
            yield replace(step, written=not there)

    def _unfolded(
        self, condition: Condition, variables: Environment, rule: Source
    ) -> Iterator[tuple[Derivation, Environment]]:
        match condition:
            case And(_, items):
                yield from self._all(items, variables, rule)
            case Or(_, items):
                for item in items:
                    for derivation, _ in self._unfolded(item, variables, rule):
                        yield derivation, variables
            case RuleCall(_, name, arguments):
                given = tuple(resolve_operand(argument, variables) for argument in arguments)
                for derivation, _ in self._use(name, given):
                    yield derivation, variables
            case Comparison(_, "in", PathExpression(_, name, ()), collection) if name not in variables:
                yield from self._bound(condition, name, resolve_operand(collection, variables), variables, rule)
            case Not(_, item):
                denied = tuple(derivation for derivation, _ in self._unfolded(item, variables, rule))
                step = replace(self._step(condition, variables, rule, condition.span), denies=denied)
                yield Derivation((), (step,)), variables
            case _:
                yield Derivation((), (self._step(condition, variables, rule, condition.span),)), variables

    def _all(
        self, items: tuple[Condition, ...], variables: Environment, rule: Source
    ) -> Iterator[tuple[Derivation, Environment]]:
        if not items:
            yield _NOTHING, variables
            return
        for first, bound in self._unfolded(items[0], variables, rule):
            for rest, more in self._all(items[1:], bound, rule):
                yield _joined(first, rest), more

    def _bound(
        self, condition: Comparison, name: str, collection: Value, variables: Environment, rule: Source
    ) -> Iterator[tuple[Derivation, Environment]]:
        """A variable for an element: of a relation, or, one derivation for each, of the words of a trait."""
        if isinstance(collection, ReachedValue):
            model = collection.model
            assert model is not None
            element = Element(next(self._numbers), model, collection)
            step = self._step(condition, variables, rule, condition.span, element)
            yield Derivation((), (step,)), {**variables, name: ReachedValue(element)}
            return
        assert isinstance(condition.right, PathExpression)
        for word in TRAITS[condition.right.steps[-1]].allowed_values or ():
            known = {**variables, name: str(word)}
            yield Derivation((), (self._step(condition, known, rule, condition.span),)), known

    def _step(
        self, condition: Condition, variables: Mapping[str, Value], rule: Source, span: Span,
        binds: Element | None = None,
    ) -> Step:  # fmt: skip
        text = " ".join(self._text[span.start : span.end].split())
        return Step(span, text, rule, condition, variables, binds)


def _fits(parameter: Parameter, argument: Value) -> bool:
    """Whether a rule with `parameter` can be meant when `argument` is given."""
    if parameter.literal is not None:
        value = parameter.literal.value
        return isinstance(argument, ReachedValue) or (type(argument) is type(value) and argument == value)
    if isinstance(argument, ActorKind):
        return parameter.type == argument.value
    if isinstance(argument, ReachedValue) and argument.model is not None:
        return parameter.type == argument.model.__name__
    wanted = SCALARS.get(parameter.type or "")
    if isinstance(argument, ReachedValue):
        return isinstance(argument.attribute, Column) and argument.attribute.scalar is wanted
    return wanted is not None and isinstance(argument, wanted)
