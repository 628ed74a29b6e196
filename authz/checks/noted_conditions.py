"""Compiles an action once for all combinations of traits, where that is exact.

A condition on traits alone is true or false whatever the row. So an action is compiled with these conditions noted
instead of evaluated; for given traits, its branches are those whose noted conditions hold. That is not exact for rules
that use traits in another way, too: compare them with columns, pass them to rules, or bind variables to their values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from authz.actor import ActorKind, Identity, Traits
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import concrete_actor
from authz.language.ast import And, BooleanTest, Comparison, Condition, Or, Rule
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence, paths_in
from authz.model.actor_attributes import LIST_ATTRIBUTES, TRAITS
from authz.predicates.nodes import Branch
from models import Base

BranchesOfTraits = Callable[[Traits], tuple[Branch, ...]]


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
        self._known: dict[tuple[object, ...], bool] = {}
        self._compiled: dict[tuple[ActorKind, str, type[Base]], BranchesOfTraits] = {}

    def is_exact(self, dependence: Dependence) -> bool:
        """Whether what depends on traits in this way depends on noted conditions only."""
        return not dependence.whole_lists and not dependence.traits & self._other_uses

    def branches(self, kind: ActorKind, action: str, model: type[Base]) -> BranchesOfTraits:
        """Compiles `action`, and returns the function from traits of `kind` to its branches. Done once for each."""
        key = kind, action, model
        if key not in self._compiled:
            self._compiled[key] = self._compile(*key)
        return self._compiled[key]

    def _compile(self, kind: ActorKind, action: str, model: type[Base]) -> BranchesOfTraits:
        compiled: list[tuple[Branch, frozenset[int]]] = []
        for branch, noted in self._compiler.noted_branches(Traits(kind), action, model):
            if isinstance(branch, CompileError):
                raise branch
            compiled.append((branch, noted))

        def of(traits: Traits) -> tuple[Branch, ...]:
            held = (branch for branch, noted in compiled if all(self._holds(start, traits) for start in noted))
            return tuple(dict.fromkeys(held))

        return of

    def _holds(self, start: int, traits: Traits) -> bool:
        condition = self._conditions[start]
        names = condition.depends_on
        key = (start, *((traits,) if names is None else (getattr(traits, name) for name in names)))
        if key not in self._known:
            identity = dict.fromkeys(Identity, "")
            actors = [concrete_actor(replace(traits, kind=kind), identity) for kind in condition.kinds]
            self._known[key] = self._compiler.engine.holds(condition.rule, *actors)
        return self._known[key]


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
