"""Which rows belong to one organization, for all tables: derived from the columns and foreign keys of the tables.

    services            organization_id = :organization
    sessions            tenant_id = :organization
    policy_differences  user_id IN (SELECT id FROM users WHERE organization_id = :organization)

Tables without a foreign key on the way are in `WITHOUT_FOREIGN_KEY`. Rows of `OF_THE_PLATFORM` belong to nobody.
"""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, Text, Uuid, cast, literal, or_, select

from models import ApiClient, AuditHead, Base, CostBucket, IdempotencyKey, Organization, User

OF_THE_PLATFORM: Final[Mapping[str, str]] = {
    "attempt_counts": "counts by keyed hashes, which end by themselves",
    "policy_activations": "the history of the platform's policy",
    "policy_rollbacks": "the history of the platform's policy",
    "policy_shadows": "candidates for the platform's policy",
    "policy_versions": "the texts of the platform's policy",
    "signing_keys": "the keys of the servers",
    "trusted_documents": "the operations of the platform's own applications",
}
"""The tables whose rows belong to no organization, and why."""

_ORGANIZATION = Organization.__table__


def _owned_by_users_or_clients(owner: ColumnElement[UUID], organization: ColumnElement[UUID]) -> ColumnElement[bool]:
    owners = (select(table.c.id).where(table.c.organization_id == organization) for table in (_USERS, _CLIENTS))
    return or_(*(owner.in_(ids) for ids in owners))


def _bucket_holder(organization: ColumnElement[UUID]) -> ColumnElement[bool]:
    holders = (
        select(literal(f"{kind}:", Text).concat(cast(table.c.id, Text))).where(table.c.organization_id == organization)
        for kind, table in (("user", _USERS), ("client", _CLIENTS))
    )
    return or_(*(CostBucket.holder.in_(each) for each in holders))


_USERS, _CLIENTS = User.__table__, ApiClient.__table__

WITHOUT_FOREIGN_KEY: Final[Mapping[str, Callable[[ColumnElement[UUID]], ColumnElement[bool]]]] = {
    AuditHead.__tablename__: lambda organization: AuditHead.__table__.c.chain == organization,
    IdempotencyKey.__tablename__: lambda organization: _owned_by_users_or_clients(
        IdempotencyKey.__table__.c.owner_id, organization
    ),
    CostBucket.__tablename__: _bucket_holder,
}
"""The conditions for tables that belong to organizations without a foreign key that says so."""


def organization_tables() -> list[Table]:
    """The tables with rows of organizations, in the order in which these can be deleted: no row is referred to by one
    that is deleted later, and no condition needs one that is deleted earlier."""
    owned = [table for table in Base.metadata.sorted_tables if table.name not in OF_THE_PLATFORM]
    by_condition = [table for table in owned if table.name in WITHOUT_FOREIGN_KEY]
    return [*by_condition, *(table for table in reversed(owned) if table.name not in WITHOUT_FOREIGN_KEY)]


def of_organization(table: Table, organization_id: UUID) -> ColumnElement[bool]:
    """The condition that a row of `table` belongs to the organization. Raises ValueError if no row can."""
    condition = _condition(table, literal(organization_id, Uuid()), ())
    if condition is None:
        raise ValueError(f"nothing says to which organization a row of {table.name} belongs")
    return condition


def _condition(table: Table, organization: ColumnElement[UUID], path: tuple[Table, ...]) -> ColumnElement[bool] | None:
    if table is _ORGANIZATION:
        return table.c.id == organization
    if table.name in WITHOUT_FOREIGN_KEY:
        return WITHOUT_FOREIGN_KEY[table.name](organization)
    found = []
    if "tenant_id" in table.c and "organization_id" not in table.c:
        return table.c.tenant_id == organization
    if "organization_id" in table.c:
        found.append(table.c.organization_id == organization)
        if not table.c.organization_id.nullable:
            return found[0]
    for key in sorted(table.foreign_key_constraints, key=lambda key: tuple(key.column_keys)):
        of_target = _by_key(table, key, organization, path)
        if of_target is not None:
            found.append(of_target)
    return or_(*found) if found else None


def _by_key(
    table: Table, key: ForeignKeyConstraint, organization: ColumnElement[UUID], path: tuple[Table, ...]
) -> ColumnElement[bool] | None:
    target = key.referred_table
    # A foreign key that has the organization in it adds nothing to the column.
    if len(key.elements) > 1 or target is _ORGANIZATION or target in (*path, table):
        return None
    condition = _condition(target, organization, (*path, table))
    if condition is None:
        return None
    (element,) = key.elements
    return element.parent.in_(select(element.column).where(condition))
