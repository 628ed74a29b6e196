"""Trusted documents: what a server may be set to answer sessions only for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "trusted_documents",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_trusted_documents_digest_length")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_trusted_documents")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("trusted_documents")
