"""Compares two conditions on rows, each under its own rules: which one is wider, by a witness for each direction."""

from collections.abc import Iterator
from dataclasses import dataclass

from authz.actor import Identity, Traits
from authz.counterexamples.formulas import (
    TRUE,
    AllOf,
    CircularFlag,
    ColumnTest,
    FlagMeaning,
    Formula,
    flag_meaning,
    formula_of,
    has_flag,
    is_within,
    negation,
)
from authz.counterexamples.witness import Nothing, Witness, find
from authz.decisions import Decisions
from authz.predicates.evaluate import holds
from authz.predicates.nodes import FALSE, Compare, Decision, Leaf, Operator, Predicate, any_leaf
from authz.predicates.simplify import any_of, implies
from authz.within_reach.rows import set_flags
from models import Base, Organization

NO_FLAG = FlagMeaning(None, ())


@dataclass(frozen=True, slots=True)
class Side:
    """A decision about rows of a type for actors with `traits`, under `rules`."""

    rules: Decisions
    traits: Traits
    decision: Decision

    @property
    def where(self) -> Predicate:
        """The condition on rows."""
        return self.decision.where

    @property
    def meaning(self) -> FlagMeaning:
        """What the flag means in it."""
        return flag_meaning(self.rules, self.traits) if has_flag(self.where) else NO_FLAG

    @property
    def depends_on_actor(self) -> bool:
        """Whether other traits of the actor may matter than those that the decision was compiled for: the flag depends
        on them, or conditions on users do, one of which is the actor."""
        return has_flag(self.where) or any_leaf(self.where, _may_be_about_a_user)

    def holds_of(self, witness: Witness) -> bool:
        """Evaluates the condition on the row of `witness`."""
        set_flags(self.rules, self.traits, witness.identity, witness.world)
        return holds(self.where, witness.row, witness.identity)


def find_difference(
    allowing: Side, denying: Side, model: type[Base], actor: Traits, also: Formula = TRUE
) -> Witness | Nothing:
    """Returns a world with an actor with the traits `actor` and a row of `model` on which `allowing` and `also` hold,
    and `denying` does not. The evaluator has confirmed it."""
    where = any_of(_not_covered(allowing, denying), model)
    if where == FALSE:
        return Nothing(proved=True)
    try:
        wanted = formula_of(where, model, allowing.meaning), formula_of(denying.where, model, denying.meaning)
    except CircularFlag:
        return Nothing(proved=False)
    found = find(model, actor, AllOf((wanted[0], also, negation(wanted[1]))))
    if isinstance(found, Witness) and not _is_confirmed(found, allowing, denying):
        return Nothing(proved=False)
    return found


def is_covered(allowing: Side, denying: Side) -> bool:
    """Whether the form of the predicates shows that `denying` holds wherever `allowing` does."""
    return not list(_not_covered(allowing, denying))


def _not_covered(allowing: Side, denying: Side) -> Iterator[Predicate]:
    for branch in allowing.decision.branches:
        if branch.where == FALSE:
            continue
        implied = implies(branch.where, denying.where)
        if not implied or (has_flag(branch.where) and not is_within(allowing.meaning, denying.meaning)):
            yield branch.where


_OF_USERS = frozenset({"audience", "all_contract_accounts", "all_delivery_accounts", "permission"})


def _may_be_about_a_user(leaf: Leaf) -> bool:
    return leaf.path[-1] in _OF_USERS


def _is_confirmed(witness: Witness, allowing: Side, denying: Side) -> bool:
    """Whether the evaluator decides so: `allowing` holds in the world, and `denying` does not. Tests see that it always
    does."""
    return allowing.holds_of(witness) and not denying.holds_of(witness)


def crossing(model: type[Base]) -> Formula:
    """Returns the condition that a row is not of the actor's organization: of another, or of none."""
    own = Compare(("id" if model is Organization else "organization_id",), Operator.EQUAL, Identity.ORGANIZATION_ID)
    return ColumnTest(own, positive=False)
