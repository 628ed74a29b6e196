"""Finds rules of a policy that are valid but probably unintended: warnings for its author.

Each entry point, an action of `allow` or a capability, is compiled for every combination of the traits on which it
depends (`trait_combinations.py`). Each resulting branch carries the rules that it came through. The branches show which
rules are unreachable, which are redundant because other branches imply theirs, and which conditions make PostgreSQL
read a whole table.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from authz.actor import ActorKind, Identity
from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.progress import work_on
from authz.checks.trait_combinations import combinations
from authz.compiler.compiler import Compiler
from authz.compiler.oso_engine import concrete_actor
from authz.explain.active_derivations import telling_apart
from authz.explain.derivations import DerivationBuilder
from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic, Severity
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from authz.model.resources import TYPES
from authz.predicates.index_use import needs_full_scan
from authz.predicates.nodes import FALSE, TRUE, Branch, Predicate, show
from authz.predicates.simplify import implies
from models import Base


@dataclass(frozen=True, slots=True)
class AllowingBranches:
    """The branches that allow actors of `kind` with some traits an action on `model`, or a capability if it is None."""

    kind: ActorKind
    model: type[Base] | None
    branches: tuple[Branch, ...]


def find_warnings(
    compiler: Compiler, rules: DecisionsForAllTraits, linted: LintResult, file: str
) -> Iterator[Diagnostic]:
    """Yields warnings about a policy that has passed the checks, whose decisions are `rules`. Takes half a second."""
    decisions = [decision for decision in _all_decisions(compiler, rules, linted) if decision.branches]
    for warning in (
        *_without_rule(linted, file),
        *_redundant_rules(decisions, linted, file),
        *_full_scans(decisions, linted),
    ):
        yield replace(warning, severity=Severity.WARNING)


def _all_decisions(compiler: Compiler, rules: DecisionsForAllTraits, linted: LintResult) -> Iterator[AllowingBranches]:
    builder = DerivationBuilder("", "", linted.rules)
    for head, named in linted.entry_dependences.items():
        kind, word, *of_type = ActorKind(head[0]), *head[1:]
        dependence = named | Dependence(values=frozenset(chain.from_iterable(named.whole_lists)))
        if not of_type:
            yield from _capability_decisions(compiler, builder, kind, Capability(word), dependence)
            continue
        work_on(kind.value, word, of_type[0])
        model = TYPES[of_type[0]]
        for traits in telling_apart(builder.for_action(kind, word, model), combinations(kind, dependence)):
            branches = rules.decision(traits, word, model).branches
            yield AllowingBranches(kind, model, tuple(branch for branch in branches if branch.where != FALSE))


def _capability_decisions(
    compiler: Compiler, builder: DerivationBuilder, kind: ActorKind, capability: Capability, dependence: Dependence
) -> Iterator[AllowingBranches]:
    actors = list(combinations(kind, dependence))
    for value in CAPABILITIES[capability] or (None,):
        arguments = () if value is None else (str(value),)
        derivations = builder.for_rule(kind, capability, *arguments)
        for traits in telling_apart(derivations, actors):
            actor = concrete_actor(traits, dict.fromkeys(Identity, ""))
            trails = compiler.engine.trails(capability.value, actor, *arguments)
            yield AllowingBranches(kind, None, tuple(Branch(TRUE, trail) for trail in dict.fromkeys(trails)))


def _without_rule(linted: LintResult, file: str) -> Iterator[Diagnostic]:
    """Yields a warning for each type and action that no `allow` rule mentions."""
    mentioned = {head[1:] for head in linted.entry_dependences}
    for model, actions in ACTIONS.items():
        name = model.__name__
        missing = [action.value for action in actions if (action.value, name) not in mentioned]
        if len(missing) == len(actions):
            reason = "No `allow` rule is about this type: no actor may see it or act on it."
            yield Diagnostic(file, 1, 1, name, reason, f'Write allow(actor: Member, "{missing[0]}", …: {name}).')
            continue
        for action in missing:
            reason = "No `allow` rule is about this action: no actor may ever perform it."
            suggestion = f'Write allow(actor: Member, "{action}", …: {name}).'
            yield Diagnostic(file, 1, 1, f"{name} {action}", reason, suggestion)


def _redundant_rules(decisions: list[AllowingBranches], linted: LintResult, file: str) -> Iterator[Diagnostic]:
    """Yields warnings for unreachable rules, and for rules whose removal would not change any decision."""
    rules = {rule.span.line: rule for rule in linted.rules if rule.span.line not in linted.untraced_lines}
    used = {source.line for decision in decisions for branch in decision.branches for source in branch.sources}
    for line, rule in rules.items():
        if line not in used:
            yield _rule_warning(
                rule,
                file,
                "This rule never matches: its conditions contradict each other, or those of the rules that use it.",
                "Look for one attribute with two values, joined by `and`, here and in the rules that use this one.",
            )
    for line, covering in _covered(decisions, sorted(used & set(rules), reverse=True)).items():
        yield _rule_warning(
            rules[line],
            file,
            f"The rule on line {covering} already allows everything that this rule allows.",
            "Remove this rule, or write what it is meant to add.",
        )


def _rule_warning(rule: Rule, file: str, reason: str, suggestion: str) -> Diagnostic:
    return Diagnostic(file, rule.span.line, rule.span.column, rule.name, reason, suggestion)


def _covered(decisions: list[AllowingBranches], lines: list[int]) -> dict[int, int]:
    """Maps the line of each redundant rule to the line of a rule that covers it. All of them can be removed at once.

    `lines` are tried in this order; of two rules that cover each other, the first is redundant.
    """
    covered: dict[int, int] = {}
    for line in lines:
        covering = _covering(decisions, line, covered)
        if covering is not None:
            covered[line] = covering
    return {line: covering for line, covering in covered.items() if not _only_used_by_covered(line, covered, decisions)}


def _covering(decisions: list[AllowingBranches], line: int, removed: Collection[int]) -> int | None:
    """Returns the line of another rule, not on one of the `removed` lines, that covers the rule on `line`.

    Returns None if the rule on `line` is needed.
    """
    covering = None
    for decision in decisions:
        via_rule = [branch for branch in decision.branches if line in _lines(branch)]
        others = [branch for branch in decision.branches if not _lines(branch) & {line, *removed}] if via_rule else []
        for branch in via_rule:
            implied = next((other for other in others if implies(branch.where, other.where)), None)
            if implied is None:
                return None
            covering = covering or next(iter(sorted(_lines(implied) - _lines(branch))), implied.sources[-1].line)
    return covering


def _only_used_by_covered(line: int, covered: Collection[int], decisions: list[AllowingBranches]) -> bool:
    """Whether a covered rule uses the rule on `line` in every branch: then only that covered rule is reported."""
    trails = [
        [source.line for source in branch.sources]
        for decision in decisions
        for branch in decision.branches
        if line in _lines(branch)
    ]
    callers = [set(trail[: trail.index(line)]) for trail in trails]
    return bool(set.intersection(*callers) & set(covered))


def _lines(branch: Branch) -> frozenset[int]:
    return frozenset(source.line for source in branch.sources)


def _full_scans(decisions: list[AllowingBranches], linted: LintResult) -> Iterator[Diagnostic]:
    """Yields a warning for each `allow` rule with a branch that no index serves. Staff are meant to see everything."""
    columns = {rule.span.line: rule.span.column for rule in linted.rules}
    reported: dict[int, Diagnostic] = {}
    for decision in decisions:
        for branch in decision.branches if decision.kind is not ActorKind.STAFF else ():
            source = branch.sources[0]
            if (
                decision.model is not None
                and not reported.keys() & _lines(branch)
                and needs_full_scan(branch.where, decision.model)
            ):
                reported[source.line] = Diagnostic(
                    source.file,
                    source.line,
                    columns[source.line],
                    _describe(branch.where),
                    f"PostgreSQL reads the whole table of {decision.model.__name__} to find the rows that this allows.",
                    "Add a condition that an index can serve: its organization is the actor's, or a grant is.",
                )
    yield from reported.values()


def _describe(where: Predicate) -> str:
    return "every row" if where == TRUE else show(where)
