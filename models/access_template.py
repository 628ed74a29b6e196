"""Access templates: named sets of access of an organization, from which users are created and changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, folded_column
from models.enums import Audience


class AccessTemplate(HasId, Base):
    """A named set of access. It gives nothing itself: users get what it says at the time when it is used.

    `external_id` is the id that an identity provider gave the template by SCIM, where it is a group.

    An account of another organization in a list is one that nobody may assign, so it hides the template.
    """

    __tablename__ = "access_templates"
    id_prefix = "tpl"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Text(collation="C"), folded_column("name"))
    audience: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    all_contract_accounts: Mapped[bool]
    contract_accounts: Mapped[list[UUID]] = mapped_column(ARRAY(UuidType))
    all_delivery_accounts: Mapped[bool]
    delivery_accounts: Mapped[list[UUID]] = mapped_column(ARRAY(UuidType))
    external_id: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "name_key"),
        enum_check("audience", Audience),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("length(external_id) BETWEEN 1 AND 255", name="external_id_length"),
        CheckConstraint("audience <> 'DELIVERY' OR NOT all_delivery_accounts", name="delivery_audience_has_a_list"),
        Index(
            "uq_access_templates_organization_id_external_id",
            "organization_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "organization_id", "name_key", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "name_key", "id"),
        Index(None, "created_at", "id"),
    )
