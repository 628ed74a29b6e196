"""API clients: programs that act for users with OAuth 2.0 client credentials; their secrets and revoked tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, folded_column, within_tenant
from models.enums import Scope


class ApiClient(HasId, Base):
    """A client of its owner. It has the access of its owner, limited to `scopes`.

    Triggers ensure that owner and scopes never change and that a revoked client stays revoked. `last_used_at` is when
    it last got an access token.
    """

    __tablename__ = "api_clients"
    id_prefix = "cli"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    organization = relationship("Organization", viewonly=True)
    owner = relationship("User", foreign_keys="ApiClient.owner_id", viewonly=True)

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "owner_id"], ["users.organization_id", "users.id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint(
            f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{', '.join(repr(scope.value) for scope in Scope)}]",
            name="scopes",
        ),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "owner_id", "created_at", "id"),
        # For the staff's list, across organizations.
        Index(None, "name_key", "id"),
        Index(None, "created_at", "id"),
    )


class ApiClientSecret(HasId, Base):
    """One secret of a client: its SHA-256, and its last characters (`hint`), so that people can tell two apart.

    A client has one valid secret, or two while one replaces the other. `last_used_at` is when the secret was last used,
    which shows when the old one can be retired.
    """

    __tablename__ = "api_client_secrets"
    id_prefix = "sec"

    organization_id: Mapped[UUID]
    api_client_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    last_used_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("api_client_id", "api_clients", tenant="organization_id", ondelete="CASCADE"),
        Index(None, "api_client_id", "created_at", "id"),
    )


class RevokedAccessToken(Base):
    """An access token that was revoked before it expired; `id` is its `jti`. Once expired, the row can be deleted."""

    __tablename__ = "revoked_access_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    api_client_id: Mapped[UUID]
    expires_at: Mapped[datetime]

    __table_args__ = (
        within_tenant("api_client_id", "api_clients", tenant="organization_id", ondelete="CASCADE"),
        Index(None, "organization_id", "expires_at"),
    )
