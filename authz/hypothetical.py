"""Decides what an actor could do if other rows were stored: with a user's access as it would be after a change.

The policy is compiled as always. In its SQL, tables of rows that would differ have other names, of CTEs that the
statement defines, and another identity may stand for that of the actor of the request:

    replaced = as_subject(("contract_grants", "after_contract_grants"))
    access = HypotheticalAccess(policy, traits, replaced)
    select(row.c.id).where(access.may("view", Service, row))
    ->  … ANY (ARRAY(SELECT g.contract_account_id FROM after_contract_grants AS g WHERE g.user_id = :subject_id …))

Only conditions of a `HypotheticalAccess` are about those rows. All others in the same statement are about what is
stored, because no table's own name is taken.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Uuid, bindparam

from authz.access import Access, Scope
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID, Traits
from authz.model.actions import VIEW
from authz.policy import Policy
from authz.predicates.nodes import Flag, any_leaf
from authz.predicates.sql_template import UNCHANGED, Substitution
from models import Base, Permission

SUBJECT_ID = bindparam("subject_id", type_=Uuid(), unique=False)
SUBJECT_ORGANIZATION_ID = bindparam("subject_organization_id", type_=Uuid(), unique=False)
"""The identity of the user of whom a statement tells what they could do."""

_IDENTITY = ((ACTOR_ID.key, SUBJECT_ID.key), (ACTOR_ORGANIZATION_ID.key, SUBJECT_ORGANIZATION_ID.key))


@dataclass(frozen=True, slots=True)
class HypotheticalAccess(Access):
    """What `policy` would allow to actors with `traits` if the rows were those of `replaced`."""

    replaced: Substitution = UNCHANGED

    @property
    def substitution(self) -> Substitution:
        """As `Access.substitution`."""
        return self.replaced

    def may(
        self,
        action: str,
        model: type[Base],
        row: FromClause,
        at: ColumnElement[datetime] | None = None,
        *,
        scope: Scope = Scope.UNKNOWN,
    ) -> ColumnElement[bool]:
        """As `Access.may`, but only for now."""
        assert at is None, "a hypothetical condition is about now"
        return Access.may(self, action, model, row, scope=scope)


def as_subject(*tables: tuple[str, str]) -> Substitution:
    """The subject as the actor, with other names for `tables`."""
    return Substitution(tables, _IDENTITY)


def viewing_traits(policy: Policy, traits: Traits, models: tuple[type[Base], ...]) -> Traits:
    """Removes permissions from `traits` that make no difference to which rows of `models` an actor sees, so that more
    users share compiled statements. Kept with the policy."""
    key = "viewing", traits, models
    kept: Traits | None = policy.kept.get(key)
    return kept or policy.kept.put(key, _find_viewing_traits(policy, traits, models))


def _find_viewing_traits(policy: Policy, traits: Traits, models: tuple[type[Base], ...]) -> Traits:
    checked: set[str] = set()
    for model in models:
        dependence = policy.dependence(traits.kind, VIEW, model)
        if Permission in dependence.whole_lists:
            return traits
        checked |= {str(value) for value in dependence.values_of(Permission)}
    fewer = replace(traits, permissions=frozenset(held for held in traits.permissions if held in checked))
    same = all(_is_same(policy, traits, fewer, model) for model in models)
    return fewer if same else traits


def _is_same(policy: Policy, traits: Traits, fewer: Traits, model: type[Base]) -> bool:
    where = policy.decision(traits, VIEW, model).where
    # What a flag means depends on all traits.
    return where == policy.decision(fewer, VIEW, model).where and not any_leaf(where, lambda leaf: type(leaf) is Flag)
