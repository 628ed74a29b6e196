"""Lists the derivations of a decision: every combination of rules and conditions that allows it, with source positions.

Oso keeps the lines of rules but not those of conditions, and folds away conditions on traits: enough to decide, but not
enough to say why, or which lines a test covers. Here the parsed rules are expanded: each use of a rule is replaced by
each rule of that name, and each `or` by each of its sides, until only conditions are left. Nothing is folded, so a
condition on traits appears like any other:

    allow(actor: Member, "assign", account: ContractAccount) if
        manages_users(actor) and sees_contract_account(actor, account);
    ->
    derivation 1:   "USER_MANAGEMENT" in actor.permissions                  of the rule manages_users
                    account.organization_id = actor.organization_id         of the rule sees_contract_account, …
    derivation 2:   …

For given traits, a condition becomes a predicate (`condition_predicates.py`), so a derivation is evaluated as a
decision is. Derivations decide nothing: a test asserts that they agree with the compiled decision.
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
    Source,
    Span,
)
from authz.lint.operand_types import SCALARS
from authz.lint.variables import WILDCARD
from authz.model.actor_attributes import TRAITS
from authz.model.resources import TYPES, Column
from authz.predicates.nodes import FALSE, TRUE, Predicate
from models import Base


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a derivation: its span and text in the file, the rule that contains it, and its variables.

    `binds` is the element of a relation that it introduces (`grant in account.grants`). `negated` are the derivations
    of the operand of `not`, which is about traits only. A condition that is not `explicit` follows from a parameter's
    type: the row exists.
    """

    span: Span
    text: str
    rule: Source
    condition: Condition
    variables: Environment = field(compare=False)
    binds: Element | None = None
    negated: "tuple[Derivation, ...] | None" = None
    explicit: bool = True

    def predicate(self, traits: Traits) -> tuple[Element | None, Predicate]:
        """As `to_predicate`. A step that introduces an element is true: it is no condition on the element itself."""
        if self.binds is not None:
            return self.binds, TRUE
        if self.negated is None:
            return to_predicate(self.condition, self.variables, traits)
        fulfilled = any(
            all(step.predicate(traits)[1] == TRUE for step in derivation.steps) for derivation in self.negated
        )
        return None, FALSE if fulfilled else TRUE


@dataclass(frozen=True, slots=True)
class Derivation:
    """One path through the rules: the rules, outermost first, and all conditions, in the order of evaluation."""

    rules: tuple[Source, ...]
    steps: tuple[Step, ...]


_EMPTY = Derivation((), ())


def _joined(first: Derivation, second: Derivation) -> Derivation:
    return Derivation(first.rules + second.rules, first.steps + second.steps)


class DerivationBuilder:
    """Builds the derivations of a linted policy from its source `text`, called `file`, and its parsed rules."""

    def __init__(self, text: str, file: str, rules: Sequence[Rule]) -> None:
        self._text = text
        self._file = file
        self._rules = rules
        self._numbers = count(1)

    def for_action(self, kind: ActorKind, action: str, model: type[Base]) -> list[Derivation]:
        """Returns the derivations that allow actors of `kind` to perform `action` on a row of `model`."""
        return [
            derivation for derivation, _ in self._use("allow", (kind, str(action), ReachedValue(Element(0, model))))
        ]

    def for_rule(self, kind: ActorKind, rule: str, *values: str) -> list[Derivation]:
        """Returns the derivations of `rule`, called with an actor of `kind` and `values`."""
        return [derivation for derivation, _ in self._use(rule, (kind, *map(str, values)))]

    def for_head(self, rule: Rule) -> Iterator[Derivation] | None:
        """Yields the derivations of `rule` alone, called with what its parameters name: an actor, a row, a literal.

        None if a parameter is anything else. The first row is the one that the predicates are about.
        """
        arguments: list[Value] = []
        for parameter in rule.parameters:
            if parameter.literal is not None:
                arguments.append(parameter.literal.value)
            elif (model := TYPES.get(parameter.type or "")) is not None:
                arguments.append(ReachedValue(Element(0, model)))
            elif parameter.type in set(ActorKind):
                arguments.append(ActorKind(parameter.type))
            else:
                return None
        return (derivation for derivation, _ in self._apply(rule, tuple(arguments)))

    def _use(self, name: str, arguments: tuple[Value, ...]) -> Iterator[tuple[Derivation, Environment]]:
        for rule in self._rules:
            if rule.name != name or len(rule.parameters) != len(arguments):
                continue
            if all(map(_fits, rule.parameters, arguments)):
                yield from self._apply(rule, arguments)

    def _apply(self, rule: Rule, arguments: tuple[Value, ...]) -> Iterator[tuple[Derivation, Environment]]:
        source = Source(self._file, rule.span.line)
        variables: dict[str, Value] = {}
        head: list[Step] = []
        for parameter, argument in zip(rule.parameters, arguments, strict=True):
            if parameter.name not in (None, WILDCARD):
                variables[parameter.name] = argument
            head += self._parameter_steps(parameter, argument, source)
        derivation = Derivation((source,), tuple(head))
        if rule.body is None:
            yield derivation, variables
            return
        for rest, bound in self._unfolded(rule.body, variables, source):
            yield _joined(derivation, rest), bound

    def _parameter_steps(self, parameter: Parameter, argument: Value, rule: Source) -> Iterator[Step]:
        """Yields the conditions that a parameter implies: the row exists, it equals a literal, or its fields do."""
        if not isinstance(argument, ReachedValue | ActorKind):
            return
        subject = PathExpression(parameter.span, "parameter", ())
        conditions: list[Condition] = []
        if parameter.literal is not None:
            conditions.append(Comparison(parameter.span, "=", subject, parameter.literal))
        elif isinstance(argument, ReachedValue) and not argument.non_null:
            conditions.append(Comparison(parameter.span, "!=", subject, Literal(parameter.span, None)))
        for name, literal in parameter.fields:
            conditions.append(
                Comparison(literal.span, "=", PathExpression(literal.span, "parameter", (name,)), literal)
            )
        for condition in conditions:
            step = self._step(condition, {"parameter": argument}, rule, parameter.span)
            is_null_check = isinstance(condition, Comparison) and condition.operator == "!="
            yield replace(step, explicit=not is_null_check)

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
                values = tuple(resolve_operand(argument, variables) for argument in arguments)
                for derivation, _ in self._use(name, values):
                    yield derivation, variables
            case Comparison(_, "in", PathExpression(_, name, ()), collection) if name not in variables:
                yield from self._bound(condition, name, resolve_operand(collection, variables), variables, rule)
            case Not(_, item):
                negated = tuple(derivation for derivation, _ in self._unfolded(item, variables, rule))
                step = replace(self._step(condition, variables, rule, condition.span), negated=negated)
                yield Derivation((), (step,)), variables
            case _:
                yield Derivation((), (self._step(condition, variables, rule, condition.span),)), variables

    def _all(
        self, items: tuple[Condition, ...], variables: Environment, rule: Source
    ) -> Iterator[tuple[Derivation, Environment]]:
        if not items:
            yield _EMPTY, variables
            return
        for first, bound in self._unfolded(items[0], variables, rule):
            for rest, more in self._all(items[1:], bound, rule):
                yield _joined(first, rest), more

    def _bound(
        self, condition: Comparison, name: str, collection: Value, variables: Environment, rule: Source
    ) -> Iterator[tuple[Derivation, Environment]]:
        """Binds a variable to an element of a relation, or, with one derivation each, to the values of a trait."""
        if isinstance(collection, ReachedValue):
            model = collection.model
            assert model is not None
            element = Element(next(self._numbers), model, collection)
            step = self._step(condition, variables, rule, condition.span, element)
            yield Derivation((), (step,)), variables if name == WILDCARD else {**variables, name: ReachedValue(element)}
            return
        assert isinstance(condition.right, PathExpression)
        for value in TRAITS[condition.right.steps[-1]].allowed_values or ():
            bound = {**variables, name: str(value)}
            yield Derivation((), (self._step(condition, bound, rule, condition.span),)), bound

    def _step(
        self, condition: Condition, variables: Mapping[str, Value], rule: Source, span: Span,
        binds: Element | None = None,
    ) -> Step:  # fmt: skip
        text = " ".join(self._text[span.start : span.end].split())
        return Step(span, text, rule, condition, variables, binds)


def _fits(parameter: Parameter, argument: Value) -> bool:
    """Whether `argument` can match `parameter`."""
    if parameter.literal is not None:
        value = parameter.literal.value
        return isinstance(argument, ReachedValue) or (type(argument) is type(value) and argument == value)
    if isinstance(argument, ActorKind):
        return parameter.type == argument.value
    if isinstance(argument, ReachedValue) and argument.model is not None:
        return parameter.type == argument.model.__name__
    expected = SCALARS.get(parameter.type or "")
    if isinstance(argument, ReachedValue):
        return isinstance(argument.attribute, Column) and argument.attribute.scalar is expected
    return expected is not None and isinstance(argument, expected)
