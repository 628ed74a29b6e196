"""The base of all tables: keys, creation times, constraint names, tenants, and helpers for common columns.

The **tenant** of a row is its organization, or the platform. A row of a table in which an organization is optional has
a `tenant_id` that is never NULL. So foreign keys can include it (a key with a NULL isn't checked), and a distributed
PostgreSQL can place the row by it. It is for keys, locks and look-ups only: what an actor may see depends on
`organization_id`, which is NULL for rows of the platform.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    FromClause,
    Index,
    MetaData,
    Text,
    and_,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.elements import KeyedColumnElement
from uuid_utils.compat import uuid7

from models.model_table import ModelTable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base class of every model."""

    id_prefix: ClassVar[str] = ""
    """The prefix of the rows' public ids (`usr` in `usr_0190…`), given by each model; empty if they have none."""

    __table_cls__ = ModelTable
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}


def new_id() -> UUID:
    """A new primary key: a UUID version 7 (RFC 9562), so that keys grow with time and indexes stay dense."""
    return uuid7()


class HasId:
    """A primary key, and the time of the row's creation."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def enum_check(column: str, enum: type[StrEnum]) -> CheckConstraint:
    """A check that `column` holds a value of `enum`."""
    values = ", ".join(f"'{member.value}'" for member in enum)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def grams_index(table: str, text_: str = "name_key") -> Index:
    """An index on the sequences of three characters in a text that is already folded, for searches in large
    organizations (`resolvers/query/filters.py`). `text_` is SQL, as PostgreSQL writes it."""
    return Index(f"ix_{table}_grams", text(f"grams({text_})"), postgresql_using="gin")


def folded_column(expression: str) -> Computed:
    """A stored column with the folded form of `expression`: no case, no accents, compared byte by byte.

    Lists are ordered and searched by it. The first migration creates the SQL function `fold`, which returns the same on
    every PostgreSQL, whatever its locale or ICU version.
    """
    return Computed(f"fold({expression})", persisted=True)


PLATFORM: Final = UUID(int=0)
"""The tenant of staff users, and of their sessions, events and mails. No organization has this id."""


def tenant_of(organization_id: UUID | None) -> UUID:
    """The tenant of the rows of an organization, or of those of none."""
    return PLATFORM if organization_id is None else organization_id


def organization_of(tenant_id: UUID) -> UUID | None:
    """The organization that is the tenant; None for the platform."""
    return None if tenant_id == PLATFORM else tenant_id


def tenant_column(table: FromClause) -> KeyedColumnElement[Any]:
    """The column of a table, or of an alias of one, that says which tenant a row belongs to and is never NULL."""
    return table.c["tenant_id" if "tenant_id" in table.c else "organization_id"]


def is_of(row: FromClause, organization: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `row`, of any table of tenants, or a subquery of one, is of the organization. Where that is optional, it
    is said of the tenant as well: the indexes are those of the organization, and a distributed PostgreSQL finds the
    place of the row by its tenant."""
    said = [row.c[name] == organization for name in ("organization_id", "tenant_id") if name in row.c]
    return and_(*said) if said else row.c.id == organization


def is_of_same(row: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Whether `row` is of the organization of `other`, or if its table has tenants only, of its tenant."""
    tenant = other.c[next(name for name in ("tenant_id", "organization_id", "id") if name in other.c)]
    if "tenant_id" not in row.c:
        # An organization is its own tenant, and none is the platform.
        return row.c["organization_id" if "organization_id" in row.c else "id"] == tenant
    of_tenant: ColumnElement[bool] = row.c.tenant_id == tenant
    organization = next(name for name in ("organization_id", "tenant_id", "id") if name in other.c)
    if "organization_id" not in row.c or organization == "tenant_id":
        return of_tenant
    return and_(row.c.organization_id == other.c[organization], of_tenant)


def tenant_check() -> CheckConstraint:
    """A check that the tenant of a row is that of its organization."""
    return CheckConstraint(f"tenant_id = COALESCE(organization_id, '{PLATFORM}'::uuid)", name="tenant")


def within_tenant(
    column: str, table: str, *, tenant: str = "tenant_id", ondelete: str | None = None
) -> ForeignKeyConstraint:
    """A reference to a row of `table` that belongs to the same tenant. `tenant` is the name of the column in both."""
    return ForeignKeyConstraint([tenant, column], [f"{table}.{tenant}", f"{table}.id"], ondelete=ondelete)
