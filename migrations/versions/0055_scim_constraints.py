"""Unique external ids, the limits of the columns for SCIM, and the kinds of events about SCIM tokens."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations import online

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("users", "access_templates")
CHECKS = (
    ("users", "external_id_length", "length(external_id) BETWEEN 1 AND 255"),
    ("users", "deprovisioned_is_removed", "deprovisioned_at IS NULL OR removed_at IS NOT NULL"),
    ("access_templates", "external_id_length", "length(external_id) BETWEEN 1 AND 255"),
)
NEW_KINDS = ("scim_token.created", "scim_token.revoked")
KINDS = (
    "user.created",
    "user.invited",
    "user.activated",
    "user.updated",
    "user.activation_resent",
    "user.removed",
    "user.restored",
    "user.erased",
    "user.exported",
    "user.password_changed",
    "user.password_refused",
    "user.password_reset_requested",
    "user.password_reset",
    "user.viewed_as",
    "user.view_ended",
    "user.end_announced",
    "user.dormancy_warned",
    "organization.settings_changed",
    "organization.created",
    "organization.exported",
    "organization.deleted",
    "contract_account.created",
    "delivery_account.created",
    "service.created",
    "services.imported",
    "session.started",
    "session.refused",
    "session.ended",
    "mutation.refused",
    "query.refused",
    "access_review.created",
    "access_review.recorded",
    "access_review.decided",
    "access_review.signed_off",
    "access_template.created",
    "access_template.updated",
    "access_template.removed",
    "api_client.created",
    "api_client.secret_rotated",
    "api_client.secret_retired",
    "api_client.revoked",
    "scim_token.created",
    "scim_token.revoked",
    "access_token.issued",
    "access_token.refused",
    "access_token.revoked",
    "access_request.created",
    "access_request.approved",
    "access_request.declined",
    "access_request.withdrawn",
    "access_request.expired",
    "user.second_factor_started",
    "user.second_factor_added",
    "user.second_factor_renamed",
    "user.second_factor_removed",
    "user.second_factors_reset",
    "user.recovery_codes_created",
    "user.recovery_code_used",
    "session.challenged",
    "session.second_factor_refused",
    "session.reauthenticated",
    "session.reauthentication_refused",
)


def upgrade() -> None:
    """Add them while the tables are in use."""
    for table in TABLES:
        online.create_index(
            f"uq_{table}_organization_id_external_id",
            table,
            ["organization_id", "external_id"],
            unique=True,
            postgresql_where=sa.text("external_id IS NOT NULL"),
        )
    for table, name, condition in CHECKS:
        online.replace_check(table, f"ck_{table}_{name}", condition)
    online.replace_check("audit_events", "ck_audit_events_kind", _is_one_of(KINDS))


def downgrade() -> None:
    """Drop them. Fails if there are events of the new kinds."""
    former = [kind for kind in KINDS if kind not in NEW_KINDS]
    online.replace_check("audit_events", "ck_audit_events_kind", _is_one_of(former))
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table in TABLES:
        online.drop_index(f"uq_{table}_organization_id_external_id")


def _is_one_of(kinds: Sequence[str]) -> str:
    return "kind IN (" + ", ".join(f"'{kind}'" for kind in kinds) + ")"
