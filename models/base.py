"""The base of all tables: keys, creation times, constraint names, and helpers for common columns."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, Index, MetaData, Text, func, text
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
    """The base class of every model."""

    id_prefix: ClassVar[str] = ""
    """The prefix of the rows' public ids (`usr` in `usr_0190…`), given by each model; empty if they have none."""

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
