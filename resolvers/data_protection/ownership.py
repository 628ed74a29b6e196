"""Which rows belong to one organization, for all tables, by their tenant or by the column that stands for it.

Rows of `OF_THE_PLATFORM` belong to nobody.
"""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, Uuid, cast, literal, or_, select

from models import ApiClient, AuditHead, Base, CostBucket, Organization, ScimToken, User, tenant_column

OF_THE_PLATFORM: Final[Mapping[str, str]] = {
    "attempt_counts": "counts by keyed hashes, which end by themselves",
    "policy_activations": "the history of the platform's policy",
    "policy_rollbacks": "the history of the platform's policy",
    "policy_shadows": "candidates for the platform's policy",
    "policy_versions": "the texts of the platform's policy",
    "replica_leases": "how far the platform's read replicas are",
    "signing_keys": "the keys of the servers",
    "trusted_documents": "the operations of the platform's own applications",
}
"""The tables whose rows belong to no organization, and why."""

_USERS, _CLIENTS, _SCIM_TOKENS = User.__table__, ApiClient.__table__, ScimToken.__table__


def _bucket_holder(organization: ColumnElement[UUID]) -> ColumnElement[bool]:
    holders = (
        select(literal(f"{kind}:", Text).concat(cast(table.c.id, Text))).where(tenant_column(table) == organization)
        for kind, table in (("user", _USERS), ("client", _CLIENTS), ("scim", _SCIM_TOKENS))
    )
    return or_(*(CostBucket.holder.in_(each) for each in holders))


WITHOUT_TENANT: Final[Mapping[str, Callable[[ColumnElement[UUID]], ColumnElement[bool]]]] = {
    Organization.__tablename__: lambda organization: Organization.__table__.c.id == organization,
    AuditHead.__tablename__: lambda organization: AuditHead.__table__.c.chain == organization,
    CostBucket.__tablename__: _bucket_holder,
}
"""The conditions for tables of organizations that have no column with the tenant."""


def organization_tables() -> list[Table]:
    """The tables with rows of organizations, in the order in which these can be deleted: no row is referred to by one
    that is deleted later, and no condition needs one that is deleted earlier."""
    owned = [table for table in reversed(Base.metadata.sorted_tables) if table.name not in OF_THE_PLATFORM]
    return sorted(owned, key=lambda table: table.name != CostBucket.__tablename__)


def of_organization(table: Table, organization_id: UUID) -> ColumnElement[bool]:
    """The condition that a row of `table` belongs to the organization. Raises AttributeError if no column says so."""
    organization = literal(organization_id, Uuid())
    if table.name in WITHOUT_TENANT:
        return WITHOUT_TENANT[table.name](organization)
    return tenant_column(table) == organization
