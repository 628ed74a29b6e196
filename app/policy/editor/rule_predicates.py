"""The predicates of a rule: one for each derivation, and the SQL for all of them together.

The conditions on traits are not folded, but named: the same rule means something else for each actor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import FromClause, literal_column, select

from authz.actor import ActorKind, Traits
from authz.explain.derivations import Derivation, DerivationBuilder
from authz.explain.diagnosis import condition_groups
from authz.language.ast import Rule
from authz.language.meaning import title
from authz.lint.linter import LintResult
from authz.model.resources import TYPES
from authz.predicates.nodes import FALSE, TRUE, All, Any, Predicate, show
from authz.predicates.simplify import simplify
from authz.predicates.sql import Condition, expression
from models import Audience, Base, Permission, Scope
from resolvers.policy_analysis.query_plan import statement_text

MOST_DERIVATIONS = 200
"""More derivations are not computed: there can be very many."""


@dataclass(frozen=True)
class RuleWay:
    """One derivation: the condition on the row, None if there is no row, and the conditions on the actor's traits, as
    written."""

    predicate: Predicate | None
    traits: tuple[str, ...]

    def __str__(self) -> str:
        row = None if self.predicate is None else "every row" if self.predicate == TRUE else show(self.predicate)
        required = f"if {' and '.join(self.traits)}" if self.traits else None
        return ", ".join(filter(None, (row, required))) or "always"


@dataclass(frozen=True)
class RulePredicate:
    """The predicates of a rule for rows of `model`; None if the rule is about the actor alone."""

    rule: Rule
    model: type[Base] | None
    ways: tuple[RuleWay, ...]
    complete: bool

    @property
    def name(self) -> str:
        """The name of the rule; for an `allow` rule, with its actor, action and type."""
        return title(self.rule)

    @property
    def sql(self) -> str:
        """The statement that finds the rows, if all conditions on traits hold; empty without rows."""
        if self.model is None or not self.ways:
            return ""
        row = self.model.__table__.alias("this")
        where = simplify(Any(frozenset(way.predicate for way in self.ways if way.predicate is not None)), self.model)
        return statement_text(select(row.c.id).where(expression(where, self.model, row, _flag)))


def _flag(name: str, user: FromClause) -> Condition:
    """A flag whose condition differs between actors appears by its name."""
    return literal_column(f"{user.name}.{name}")  # type: ignore[attr-defined]


def rule_predicate(text: str, file: str, linted: LintResult, rule: Rule) -> RulePredicate | None:
    """Returns the predicates of `rule`, which is in a policy without errors; None if it has a parameter
    that is neither an actor nor a row."""
    kinds = [ActorKind(each.type) for each in rule.parameters if each.type in set(ActorKind)]
    models = list(filter(None, (TYPES.get(each.type or "") for each in rule.parameters)))
    if not kinds or len(models) > 1:
        return None
    derivations = DerivationBuilder(text, file, linted.rules).for_head(rule)
    if derivations is None:
        return None
    found = list(islice(derivations, MOST_DERIVATIONS + 1))
    traits = Traits(kinds[0], Audience.ORGANIZATION, frozenset(Permission), True, True, frozenset(Scope))
    model = models[0] if models else None
    ways = dict.fromkeys(_way(each, traits, model) for each in found[:MOST_DERIVATIONS])
    return RulePredicate(rule, model, tuple(ways), len(found) <= MOST_DERIVATIONS)


def _way(derivation: Derivation, traits: Traits, model: type[Base] | None) -> RuleWay:
    rows: list[Predicate] = []
    of_traits: list[str] = []
    for group in condition_groups(derivation, traits):
        if group.predicate in (TRUE, FALSE):
            of_traits += _written(group.steps)
        else:
            rows.append(group.predicate)
    where = None if model is None else simplify(All(frozenset(rows)), model)
    return RuleWay(where, tuple(dict.fromkeys(of_traits)))


def _written(steps: tuple[object, ...]) -> Iterator[str]:
    for step in steps:
        if getattr(step, "explicit", True):
            yield str(getattr(step, "text", ""))
