"""What is sound in a policy, and probably not meant: warnings for its author.

Each entry, an action of `allow` or a question, is answered for every combination of the traits on which it depends
(`combinations.py`). From the ways in which the answers come about, each with the rules that it came through, one sees
the rules through which no way leads, those whose ways are all implied by others, and the conditions for which
PostgreSQL would read a whole table.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from authz.actor import ActorKind
from authz.checks.trait_combinations import combinations
from authz.compiler.compiler import Compiler
from authz.compiler.oso_engine import concrete_actor
from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic, Severity
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence
from authz.model.resources import ACTIONS, CAPABILITIES, TYPES, Capability
from authz.predicates.index_use import needs_full_scan
from authz.predicates.nodes import FALSE, TRUE, Branch, Identity, Predicate, show
from authz.predicates.simplify import implies
from models import Base


@dataclass(frozen=True, slots=True)
class AllowingBranches:
    """The ways in which actors of `kind` with some traits get a yes. `model` None: to a question about the actor."""

    kind: ActorKind
    model: type[Base] | None
    ways: tuple[Branch, ...]


def find_warnings(compiler: Compiler, linted: LintResult, file: str) -> Iterator[Diagnostic]:
    """Warnings about a policy that has passed the gates. Takes about a second."""
    answers = [answer for answer in _answers(compiler, linted) if answer.ways]
    for finding in (*_unanswered(linted, file), *_unneeded_rules(answers, linted, file), *_full_scans(answers, linted)):
        yield replace(finding, severity=Severity.WARNING)


def _answers(compiler: Compiler, linted: LintResult) -> Iterator[AllowingBranches]:
    for head, dependence in linted.dependences.items():
        kind, word, *of_type = ActorKind(head[0]), *head[1:]
        if not of_type:
            yield from _to_question(compiler, kind, Capability(word), dependence)
            continue
        model = TYPES[of_type[0]]
        for traits in combinations(kind, dependence):
            branches = compiler.decision(traits, word, model).branches
            yield AllowingBranches(kind, model, tuple(branch for branch in branches if branch.where != FALSE))


def _to_question(
    compiler: Compiler, kind: ActorKind, question: Capability, dependence: Dependence
) -> Iterator[AllowingBranches]:
    for traits in combinations(kind, dependence):
        actor = concrete_actor(traits, dict.fromkeys(Identity, ""))
        for word in CAPABILITIES[question] or (None,):
            arguments = () if word is None else (str(word),)
            trails = compiler.engine.trails(question.value, actor, *arguments)
            yield AllowingBranches(kind, None, tuple(Branch(TRUE, trail) for trail in dict.fromkeys(trails)))


def _unanswered(linted: LintResult, file: str) -> Iterator[Diagnostic]:
    """Types and actions that no `allow` rule speaks of."""
    opened = {head[1:] for head in linted.dependences}
    for model, actions in ACTIONS.items():
        name = model.__name__
        missing = [action.value for action in actions if (action.value, name) not in opened]
        if len(missing) == len(actions):
            reason = "No `allow` rule is about this type: nobody may do anything with it, or see it."
            yield Diagnostic(file, 1, 1, name, reason, f'Write allow(actor: Member, "{missing[0]}", …: {name}).')
            continue
        for action in missing:
            reason = "No `allow` rule is about this action: nobody may ever do it."
            idiom = f'Write allow(actor: Member, "{action}", …: {name}).'
            yield Diagnostic(file, 1, 1, f"{name} {action}", reason, idiom)


def _unneeded_rules(answers: list[AllowingBranches], linted: LintResult, file: str) -> Iterator[Diagnostic]:
    """Rules through which no way leads, and rules that could go and everybody would be allowed the same."""
    rules = {rule.span.line: rule for rule in linted.rules if rule.span.line not in linted.untraced}
    used = {source.line for answer in answers for way in answer.ways for source in way.sources}
    for line, rule in rules.items():
        if line not in used:
            yield _about(
                rule,
                file,
                "This rule never matches: its conditions contradict each other, or those under which it is used.",
                "Look for two values of one thing, joined by `and`; here and in the rules that it is used with.",
            )
    for line, other in _covered(answers, sorted(used & set(rules), reverse=True)).items():
        yield _about(
            rules[line],
            file,
            f"Whatever this rule allows, the rule on line {other} allows already.",
            "Remove it, or say what it is meant to add.",
        )


def _about(rule: Rule, file: str, reason: str, idiom: str) -> Diagnostic:
    return Diagnostic(file, rule.span.line, rule.span.column, rule.name, reason, idiom)


def _covered(answers: list[AllowingBranches], lines: list[int]) -> dict[int, int]:
    """The rules, by line, that are not needed even without each other, and a rule for each that covers it.

    `lines` are looked at in this order; of two rules that cover each other the first goes.
    """
    covered: dict[int, int] = {}
    for line in lines:
        other = _covering(answers, line, covered)
        if other is not None:
            covered[line] = other
    return {line: other for line, other in covered.items() if not _only_below(line, covered, answers)}


def _covering(answers: list[AllowingBranches], line: int, gone: Collection[int]) -> int | None:
    """A rule that allows what the rule on `line` does, without the rules that are `gone`; None where any is needed."""
    found = None
    for answer in answers:
        through = [way for way in answer.ways if line in _lines(way)]
        others = [way for way in answer.ways if not _lines(way) & {line, *gone}] if through else []
        for way in through:
            implied = next((other for other in others if implies(way.where, other.where)), None)
            if implied is None:
                return None
            found = found or next(iter(sorted(_lines(implied) - _lines(way))), implied.sources[-1].line)
    return found


def _only_below(line: int, covered: Collection[int], answers: list[AllowingBranches]) -> bool:
    """Whether one rule that is covered uses the rule on `line` wherever it matters: then that one is told alone."""
    trails = [
        [source.line for source in way.sources] for answer in answers for way in answer.ways if line in _lines(way)
    ]
    above = [set(trail[: trail.index(line)]) for trail in trails]
    return bool(set.intersection(*above) & set(covered))


def _lines(way: Branch) -> frozenset[int]:
    return frozenset(source.line for source in way.sources)


def _full_scans(answers: list[AllowingBranches], linted: LintResult) -> Iterator[Diagnostic]:
    """Ways that no index leads to, one for each `allow` rule on them. Staff see all, and mean it."""
    columns = {rule.span.line: rule.span.column for rule in linted.rules}
    told: dict[int, Diagnostic] = {}
    for answer in answers:
        for way in answer.ways if answer.kind is not ActorKind.STAFF else ():
            source = way.sources[0]
            if answer.model is not None and not told.keys() & _lines(way) and needs_full_scan(way.where, answer.model):
                told[source.line] = Diagnostic(
                    source.file,
                    source.line,
                    columns[source.line],
                    _shown(way.where),
                    f"To find the rows that this allows, PostgreSQL reads the whole table of {answer.model.__name__}.",
                    "Join a condition that an index can begin with: its organization is the actor's, or a grant is.",
                )
    yield from told.values()


def _shown(where: Predicate) -> str:
    return "every row" if where == TRUE else show(where)
