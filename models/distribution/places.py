"""Where the rows of each table are in a distributed database."""

from typing import Final

from models.base import Base, tenant_column

LOCAL: Final = {
    "alembic_version": "the migration of the whole database",
    "attempt_counts": "counted across organizations, by hashes of emails and addresses",
    "cost_buckets": "the buckets of callers, among them network addresses",
    "policy_activations": "the policy is the same for all organizations",
    "policy_differences": "an operator's comparison, which ends with its shadow policy",
    "policy_rollbacks": "the policy is the same for all organizations",
    "policy_shadows": "the policy is the same for all organizations",
    "policy_versions": "the policy is the same for all organizations",
    "replica_leases": "how far the read replicas of this database are",
    "signing_keys": "the same for all organizations, and kept in memory by each process",
    "trusted_documents": "the same for all organizations, and kept in memory by each process",
}
"""The tables that stay on the coordinator, with the reason."""

EVERYWHERE: Final = {
    "emails": "whether an email is taken is asked in statements on the rows of any tenant",
    "verified_domains": "a domain belongs to one organization, which a key with the tenant could not hold",
}
"""The tables of which each node has a copy (reference tables), with the reason."""

COPIED: Final = "*"
"""What stands for a place on every node."""

FIRST: Final = "organizations"
"""The table with which all other tables of tenants are co-located."""

_TENANT: Final = {FIRST: "id", "audit_heads": "chain"}


def place_of(table: str) -> str | None:
    """The column by which the rows of a table are placed, or COPIED; None if the table stays on the coordinator, as one
    does that Portico doesn't know."""
    if table in EVERYWHERE:
        return COPIED
    if table in LOCAL or table not in Base.metadata.tables:
        return None
    return _TENANT.get(table) or tenant_column(Base.metadata.tables[table]).name
