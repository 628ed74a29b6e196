"""Whether an actor sees a large organization, or a large platform: their lists begin with the statements for these.

What counts is bounded: at most so many entries of an index are read as an organization needs to be large.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.sql.expression import column, literal_column, table

from models import Base, Service, User, tenant_column

LARGE_SERVICES: Final = 10_000
LARGE_USERS: Final = 1_000
"""An organization with more services or users than this is large."""

LARGE_PLATFORM: Final = 100_000
"""A platform of more services than this is large for staff, who see all: by the estimate that PostgreSQL keeps."""


def sees_large_organization(tenant: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the user, a row of `users` of this tenant, sees so much."""
    # Users first: few of them say so, and then no services are read.
    in_organization = or_(_has_more(User, LARGE_USERS, tenant), _has_more(Service, LARGE_SERVICES, tenant))
    return case((User.staff, _is_large_platform()), else_=in_organization)


def _has_more(model: type[Base], rows: int, tenant: ColumnElement[UUID]) -> ColumnElement[bool]:
    row = model.__table__.alias()
    of_organization: Select[Any] = select(literal_column("1")).where(tenant_column(row) == tenant)
    return exists(of_organization.correlate_except(row).offset(literal_column(str(rows))))


def _is_large_platform() -> ColumnElement[bool]:
    statistics = table("pg_class", column("oid"), column("reltuples"))
    services = func.to_regclass(literal_column(f"'{Service.__table__.name}'"))  # type: ignore[attr-defined]
    is_large = (statistics.c.reltuples > literal_column(str(LARGE_PLATFORM))).cast(Boolean)
    return func.coalesce(
        select(is_large).where(statistics.c.oid == services).correlate_except(statistics).scalar_subquery(),
        literal_column("false"),
    )
