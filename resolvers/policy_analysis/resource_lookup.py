"""Finds resources by id, email, code or name, and selects the name that people know them by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, cast, false, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.model.resources import organization_key
from models import AccessRequest, AccessReview, AccessReviewEntry, AuditEvent, Base, Organization, Service, User, is_of
from resolvers.validation.ascii_codes import normalize_code

NAME_COLUMNS: dict[type[Base], str] = {
    User: "email",
    Service: "code",
    AuditEvent: "kind",
    AccessReview: "created_at",
    AccessReviewEntry: "user_email",
    AccessRequest: "created_at",
}
"""The columns that name the rows of a type; `name` for all other types."""

_FOUND_BY_ID = AuditEvent, AccessReview, AccessReviewEntry, AccessRequest
"""Types that are found by id only: the column in `NAME_COLUMNS` is not unique."""
MAX_MATCHES = 20
"""The maximum number of resources returned for one name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A row of a type that has actions. `organization_id` is the organization's own id for an organization."""

    model: type[Base]
    id: UUID
    name: str
    organization_id: UUID | None
    organization: str | None


def name_of(model: type[Base], row: FromClause) -> ColumnElement[str]:
    """Returns the column that names a row of `model`: email of a user, code of a service, kind of an event, time of a
    review, user of a review entry, otherwise the name."""
    return row.c[NAME_COLUMNS.get(model, "name")]


def organization_name(id_: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns the name of the organization with this id; NULL if there is none."""
    organization = Organization.__table__.alias()
    name = select(organization.c.name).where(organization.c.id == id_)
    return name.correlate_except(organization).scalar_subquery()


async def find_resources(
    connection: AsyncConnection,
    models: Sequence[type[Base]],
    *,
    key: UUID | None = None,
    name: str = "",
    organization: UUID | None = None,
) -> list[Resource]:
    """Returns the resources of `models` with the primary key `key`, or, without it, with the name `name` in any case.

    Returns at most `MAX_MATCHES`. With `organization`, only those that belong to it.
    """
    parts, by_name = [], {model.__name__: model for model in models}
    for model in models:
        row = model.__table__.alias()
        organization_id = row.c[organization_key(model)]
        matches = row.c.id == literal(key, Uuid()) if key else _has_name(model, row, name)
        within = () if organization is None else (is_of(row, literal(organization, Uuid())),)
        tenant = row.c.tenant_id if "tenant_id" in row.c else organization_id
        parts.append(
            select(
                literal(model.__name__, Text).label("type"),
                row.c.id,
                cast(name_of(model, row), Text).label("name"),
                organization_id.label("organization_id"),
                organization_name(tenant).label("organization"),
            ).where(matches, *within)
        )
    resources = union_all(*parts).subquery()
    rows = await connection.execute(
        select(resources).order_by(resources.c.type, resources.c.name, resources.c.id).limit(MAX_MATCHES)
    )
    return [Resource(by_name[row.type], row.id, row.name, row.organization_id, row.organization) for row in rows]


def _has_name(model: type[Base], row: FromClause, name: str) -> ColumnElement[bool]:
    if model is User:
        return row.c.email == literal(name.lower(), Text)
    if model in _FOUND_BY_ID:
        return false()
    if model is Service:
        return row.c.code == literal(normalize_code(name), Text)
    return row.c.name_key == func.fold(literal(name, Text))
