"""Compiles an action once for all combinations of traits, where that is exact.

A condition on traits alone is true or false whatever the row. So an action is compiled with these conditions noted
instead of evaluated; for given traits, its branches are those whose noted conditions hold. That is not exact for rules
that use traits in another way, too: compare them with columns, pass them to rules, or bind variables to their values.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any as Anything

from authz.actor import ActorKind, Identity, Traits
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import concrete_actor
from authz.language.ast import And, BooleanTest, Comparison, Condition, Or, Rule
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence, paths_in
from authz.model.actor_attributes import LIST_ATTRIBUTES, TRAITS
from authz.predicates.nodes import Any, Branch, Decision
from authz.predicates.simplify import simplify
from models import Base

NotedBranch = tuple[Branch | CompileError, frozenset[int]]
"""A branch, or why it has no exact SQL, and where the conditions begin that were noted for it."""


_MOST = 10_000
"""How many decisions on one action are kept, and how many answers to conditions that are not about single traits."""


@dataclass(frozen=True, slots=True)
class NotedCondition:
    """A condition on traits alone, as a rule of its own about actors of `kinds`: a client and its owner, for instance.
    `depends_on` are the traits that it names; None: any."""

    rule: str
    text: str
    kinds: tuple[ActorKind, ...]
    depends_on: tuple[str, ...] | None


class NotingCompiler:
    """Compiles the actions of a policy, without its conditions on traits alone."""

    def __init__(self, linted: LintResult, text: str, file: str) -> None:
        actors = {span.start: actor for span, actor in linted.trait_conditions}
        self._conditions = {
            leaf.span.start: _noted(rule, leaf, actors[leaf.span.start], text)
            for rule in linted.rules
            for leaf in _leaves(rule.body)
            if leaf.span.start in actors
        }
        self._other_uses = {name for rule in linted.rules for name in _other_uses(rule, set(self._conditions))}
        rules = "\n".join(condition.text for condition in self._conditions.values())
        self._compiler = Compiler(f"{text}\n{rules}\n", file, linted.non_null, linted.trait_conditions)
        self._answers = lru_cache(_MOST)(self._ask)
        self._compiled: dict[tuple[ActorKind, str, type[Base]], Sequence[NotedBranch]] = {}
        self._decisions: dict[tuple[ActorKind, str, type[Base]], DecisionsOnAction] = {}

    def is_exact(self, dependence: Dependence) -> bool:
        """Whether what depends on traits in this way depends on noted conditions only."""
        return not dependence.whole_lists and not dependence.traits & self._other_uses

    def noted_branches(self, kind: ActorKind, action: str, model: type[Base]) -> Sequence[NotedBranch]:
        """Returns all branches of `action`, whatever the traits, where that is exact. Compiled once for each."""
        key = kind, action, model
        if key not in self._compiled:
            self._compiled[key] = tuple(self._compiler.noted_branches(Traits(kind), action, model))
        return self._compiled[key]

    def decisions(self, kind: ActorKind, action: str, model: type[Base]) -> "DecisionsOnAction":
        """Returns the decisions on `action` for all traits of `kind`. Raises CompileError."""
        key = kind, action, model
        if key not in self._decisions:
            self._decisions[key] = DecisionsOnAction(self.noted_branches(*key), self._holds, model)
        return self._decisions[key]

    def _holds(self, start: int, traits: Traits) -> bool:
        names = self._conditions[start].depends_on
        return self._answers(start, (traits,) if names is None else tuple(getattr(traits, name) for name in names))

    def _ask(self, start: int, values: tuple[Anything, ...]) -> bool:
        condition, identity = self._conditions[start], dict.fromkeys(Identity, "")
        names, traits = condition.depends_on, Traits(condition.kinds[0])
        of_actor = values[0] if names is None else replace(traits, **dict(zip(names, values, strict=True)))
        actors = [concrete_actor(replace(of_actor, kind=kind), identity) for kind in condition.kinds]
        return self._compiler.engine.holds(condition.rule, *actors)


class DecisionsOnAction:
    """The decisions on one action, by the traits of the actor: those branches count whose noted conditions all hold.

    Raises CompileError if a branch has no exact SQL.
    """

    def __init__(self, noted: Sequence[NotedBranch], holds: Callable[[int, Traits], bool], model: type[Base]) -> None:
        self._branches: list[Branch] = []
        self._noted = [conditions for _, conditions in noted]
        for branch, _ in noted:
            if isinstance(branch, CompileError):
                raise branch
            self._branches.append(branch)
        self._conditions = sorted(frozenset().union(*self._noted))
        self._holds, self._model = holds, model
        self._of_conditions = lru_cache(_MOST)(self._decide)
        self._of_branches = lru_cache(_MOST)(self._decision_of)

    def __call__(self, traits: Traits) -> Decision:
        """Returns on which rows actors with `traits` may perform the action."""
        return self._of_conditions(frozenset(start for start in self._conditions if self._holds(start, traits)))

    def _decide(self, held: frozenset[int]) -> Decision:
        return self._of_branches(tuple(index for index, needed in enumerate(self._noted) if needed <= held))

    def _decision_of(self, indexes: tuple[int, ...]) -> Decision:
        branches = tuple(dict.fromkeys(self._branches[index] for index in indexes))
        return Decision(branches, simplify(Any(frozenset(branch.where for branch in branches)), self._model))


def _noted(rule: Rule, leaf: Condition, actor: str, text: str) -> NotedCondition:
    name = f"noted_condition_{leaf.span.start}"
    paths = list(paths_in(leaf))
    named = {path.root for path in paths} or {actor}
    actors = {parameter.name: str(parameter.type) for parameter in rule.parameters if parameter.name in named}
    head = ", ".join(f"{variable}: {kind}" for variable, kind in actors.items())
    traits = tuple({step for path in paths for step in path.steps} & TRAITS.keys())
    return NotedCondition(
        name,
        f"{name}({head}) if {text[leaf.span.start : leaf.span.end]};",
        tuple(map(ActorKind, actors.values())),
        traits if isinstance(leaf, Comparison | BooleanTest) else None,
    )


def _leaves(condition: Condition | None) -> Iterator[Condition]:
    """Yields the conditions that `and` and `or` join; a negated one is one of them."""
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _leaves(item)
        case None:
            return
        case _:
            yield condition


def _other_uses(rule: Rule, noted: set[int]) -> Iterator[str]:
    """Yields the traits that `rule` uses otherwise than in noted conditions. What searches a list for a value that is
    not in the text counts as a use of the whole list, and is not among them."""
    actors = {parameter.name for parameter in rule.parameters if parameter.type in tuple(ActorKind)}
    for parameter in rule.parameters:
        yield from (name for name, _ in parameter.fields)
    for leaf in _leaves(rule.body):
        if leaf.span.start not in noted:
            searched = LIST_ATTRIBUTES.keys() if isinstance(leaf, Comparison) and leaf.operator == "in" else ()
            used = {step for path in paths_in(leaf) if path.root in actors for step in path.steps}
            yield from used & TRAITS.keys() - searched
