"""The domains of organizations, whose users sign in at a provider."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, within_tenant


class SignInDomain(HasId, Base):
    """A domain whose users sign in at the provider of the organization, once its owner has proved to be the
    organization: by a TXT record in the DNS that holds the `challenge`.

    `checked_at` is when the record was last looked for, and `missing_since` since when it has not been found.
    """

    __tablename__ = "sign_in_domains"
    id_prefix = "dom"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    domain: Mapped[str] = mapped_column(Text(collation="C"))
    challenge: Mapped[str]
    verified_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "domain"),
        CheckConstraint("domain = lower(domain) AND length(domain) BETWEEN 3 AND 253", name="domain"),
        Index(None, "checked_at", postgresql_where=text("verified_at IS NOT NULL")),
    )


class VerifiedDomain(Base):
    """The directory of verified domains: which organization's users have emails of a domain. A domain is in it once, so
    that it leads to one provider, also where the rows of each organization are on another machine."""

    __tablename__ = "verified_domains"

    domain: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    organization_id: Mapped[UUID]
    domain_id: Mapped[UUID]

    __table_args__ = (
        within_tenant("domain_id", "sign_in_domains", tenant="organization_id", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "domain_id"),
    )
