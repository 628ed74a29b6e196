"""Which tables belong to tenants, and by which column."""

from sqlalchemy import Table

from models import tenant_column

PLATFORMS = {
    "attempt_counts": "counts of attempts by hashes of their owners",
    "cost_buckets": "the buckets of callers, among them network addresses",
    "policy_activations": "the policy is the same for all organizations",
    "policy_differences": "what an operator compares: local to one server, and dropped with the shadow policy",
    "policy_rollbacks": "the policy is the same for all organizations",
    "policy_shadows": "the policy is the same for all organizations",
    "policy_versions": "the policy is the same for all organizations",
    "replica_leases": "how far the platform's read replicas are",
    "signing_keys": "one key signs the tokens of all organizations",
    "trusted_documents": "the operations of the platform's own applications",
}
"""The tables that belong to no tenant, with the reason."""

TENANT_IN_OTHER_COLUMN = {"organizations": "id", "audit_heads": "chain"}


def tenant_of_rows(table: Table) -> str:
    """The name of the column with the tenant of a row."""
    return TENANT_IN_OTHER_COLUMN.get(table.name) or tenant_column(table).key
