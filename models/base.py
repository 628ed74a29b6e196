"""What all tables share: keys, times, constraint names, and columns that hold one word of a vocabulary."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, MetaData, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of every model."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True)}


def new_id() -> UUID:
    """A new primary key: a UUID of version 7 (RFC 9562), so that keys grow with time and indexes stay dense."""
    return uuid7()


class HasId:
    """A primary key, and when the row was made."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def enum_check(column: str, vocabulary: type[StrEnum]) -> CheckConstraint:
    """A check that `column` holds a value of `vocabulary`."""
    values = ", ".join(f"'{word.value}'" for word in vocabulary)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def folded_column(expression: str) -> Computed:
    """A stored column with the folded form of `expression`: no case, no accents, compared byte by byte.

    Lists are ordered and searched by it. `fold` is an SQL function that the first migration makes; the same on every
    PostgreSQL, whatever its locale or ICU version.
    """
    return Computed(f"fold({expression})", persisted=True)
