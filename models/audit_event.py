"""The audit trail: who changed what, when and from where, with the values before and after."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.base import Base, HasId, enum_check, tenant_check
from models.enums import AuditKind
from models.user import User

ACCESS_KINDS: Final = (
    AuditKind.USER_CREATED,
    AuditKind.USER_INVITED,
    AuditKind.USER_UPDATED,
    AuditKind.USER_ACTIVATED,
    AuditKind.USER_REMOVED,
    AuditKind.USER_RESTORED,
)
"""The kinds of events that say what access a user had."""

CHANGED_KINDS: Final = ACCESS_KINDS[:3]
"""The kinds of events with the values of a user's access before and after."""


def _is_one_of(kinds: Sequence[AuditKind]) -> str:
    return "kind IN (" + ", ".join(f"'{kind.value}'" for kind in kinds) + ")"


_HAD_ALL_ACCOUNTS = " OR ".join(
    f"""changes @> '{{"{flag}": [true]}}'::jsonb""" for flag in ("allContractAccounts", "allDeliveryAccounts")
)
"""The event is one by which somebody got all accounts, or lost them."""


class AuditEvent(HasId, Base):
    """One event. Rows are only ever added; only the erasure of a person or an organization touches them again, and the
    oldest ones of a chain can be moved to an archive.

    `changes` holds `{field: [before, after]}` and never a secret. `policy_version` names the rules that allowed the
    action. `api_client_id` is the API client or SCIM token that acted for the actor, if any. `subject_id` is the row
    that was changed, in the table that `kind` implies; it has no foreign key, because the row may be deleted.

    Triggers give each event its place in the chain of its organization, or in that of events without one: its `number`,
    counted from 1 without gaps, the hash of the previous event, and its own hash. In events of `format` 2, the hash
    covers salted digests of `address` and of each field of `changes`, so that a person's data can be erased from an
    event: `salt` is the event's, until something is erased; `erased` then has the digests and the remaining salts.
    """

    __tablename__ = "audit_events"
    id_prefix = "evt"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    tenant_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    api_client_id: Mapped[UUID | None]
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    policy_version: Mapped[str | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    number: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    format: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    salt: Mapped[bytes | None]
    erased: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    organization = relationship("Organization", viewonly=True)
    actor = relationship(User, primaryjoin=lambda: foreign(AuditEvent.actor_id) == User.id, viewonly=True)
    subject = relationship(User, primaryjoin=lambda: foreign(AuditEvent.subject_id) == User.id, viewonly=True)

    __table_args__ = (
        tenant_check(),
        enum_check("kind", AuditKind),
        UniqueConstraint("organization_id", "number", postgresql_nulls_not_distinct=True),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "organization_id", "kind", "created_at", "id"),
        Index(None, "subject_id", "created_at", "id"),
        Index(None, "actor_id", "created_at", "id"),
        # For the staff's lists, across organizations.
        Index(None, "created_at", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "request_id"),
        Index("ix_audit_events_access", "subject_id", "number", postgresql_where=text(_is_one_of(ACCESS_KINDS))),
        Index(
            "ix_audit_events_accounts",
            "changes",
            postgresql_using="gin",
            postgresql_ops={"changes": "jsonb_path_ops"},
            postgresql_where=text(_is_one_of(CHANGED_KINDS)),
        ),
        Index(
            "ix_audit_events_had_all_accounts",
            "organization_id",
            "subject_id",
            postgresql_where=text(f"{_is_one_of(CHANGED_KINDS)} AND ({_HAD_ALL_ACCOUNTS})"),
        ),
    )


class AuditHead(Base):
    """The head of a chain of audit events: number and hash of the last event. Only triggers write it.

    `chain` is the organization, or the UUID of zeros for events without one.
    """

    __tablename__ = "audit_heads"

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
