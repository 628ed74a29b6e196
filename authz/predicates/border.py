"""The border between organizations, as conditions on rows that no policy can change.

A policy decides what an actor may do; this is a second wall, for the case that a policy lets a member see too much. In
the statements of a member, or of a client of theirs, each table says by itself which organization its rows are of:

    services.contract_account_id = accounts.id AND services.organization_id = :actor_organization_id

Staff see many organizations. In their statements, the rows that an edge leads to are of the organization of the row
that it starts from: `services.organization_id = accounts.organization_id`.

Where an organization is optional, as for users, the condition is said of the tenant as well, which is the same for
members: a distributed database places the rows by it. The indexes are those of the organization.
"""

from typing import Any as Anything

from sqlalchemy import ColumnElement, FromClause, true

from authz.actor import Identity
from authz.model.resources import Relation, organization_key
from authz.predicates.nodes import FALSE, All, Compare, Operator, Predicate
from models import Base, is_of, is_of_same


def within(predicate: Predicate, model: type[Base]) -> Predicate:
    """Returns the condition that a row of `model` satisfies `predicate`, and is of the actor's organization."""
    own = Compare((organization_key(model),), Operator.EQUAL, Identity.ORGANIZATION_ID)
    if predicate in (own, FALSE):
        return predicate
    items = predicate.items if isinstance(predicate, All) else frozenset({predicate})
    return predicate if own in items else All(items | {own})


def same_organization(
    row: FromClause, of: FromClause | None, organization: ColumnElement[Anything] | None
) -> ColumnElement[bool]:
    """Whether `row` is of the `organization`; if that is None, of the organization of the row `of`. True without
    either."""
    if organization is not None:
        return is_of(row, organization)
    return true() if of is None else is_of_same(row, of)


def is_said(relation: Relation, model: type[Base]) -> bool:
    """Whether the join of a relation of `model` says by itself that both rows are of one organization, and tenant."""
    has_tenants = "tenant_id" in model.__table__.c or "tenant_id" in relation.target.__table__.c
    is_joined = relation.remote == organization_key(relation.target) and relation.local == organization_key(model)
    return is_joined and not has_tenants
