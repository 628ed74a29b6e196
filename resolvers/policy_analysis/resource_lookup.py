"""The things that a policy is about, as the people who ask write and read them: by id, email, code or name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, cast, false, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.model.resources import TYPES
from authz.routes import organization_key
from models import AccessReview, AccessReviewEntry, AuditEvent, Base, Organization, Service, User

_NAMED_BY: dict[type[Base], str] = {
    User: "email",
    Service: "code",
    AuditEvent: "kind",
    AccessReview: "created_at",
    AccessReviewEntry: "user_email",
}
_NAMELESS = AuditEvent, AccessReview, AccessReviewEntry
"""These are asked for by their ids: what they are called by is no name."""
MOST = 20
"""How many things of one name are told apart."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A row of a type that has actions. `organization_id` is the organization's own id for an organization."""

    model: type[Base]
    id: UUID
    name: str
    organization_id: UUID | None
    organization: str | None


def name_of(model: type[Base], row: FromClause) -> ColumnElement[str]:
    """What people call a row of `model`: a user by email, a service by code, an event by kind, a review by
    its moment, an entry of it by the user, others by name."""
    return row.c[_NAMED_BY.get(model, "name")]


def organization_name(id_: ColumnElement[Any]) -> ColumnElement[str]:
    """The name of the organization with this id; NULL where there is none."""
    organization = Organization.__table__.alias()
    named = select(organization.c.name).where(organization.c.id == id_)
    return named.correlate_except(organization).scalar_subquery()


async def find_resources(
    connection: AsyncConnection,
    models: Sequence[type[Base]],
    *,
    key: UUID | None = None,
    called: str = "",
    organization: UUID | None = None,
) -> list[Resource]:
    """The things of `models` with the primary key `key`, or, without it, `called` so whatever the case; `MOST` of them.

    With `organization`, those that belong to it.
    """
    parts = []
    for model in models:
        row = model.__table__.alias()
        own = row.c[organization_key(model)]
        is_it = row.c.id == literal(key, Uuid()) if key else _is_called(model, row, called)
        within = () if organization is None else (own == literal(organization, Uuid()),)
        parts.append(
            select(
                literal(model.__name__, Text).label("type"),
                row.c.id,
                cast(name_of(model, row), Text).label("name"),
                own.label("organization_id"),
                organization_name(own).label("organization"),
            ).where(is_it, *within)
        )
    found = union_all(*parts).subquery()
    rows = await connection.execute(select(found).order_by(found.c.type, found.c.name, found.c.id).limit(MOST))
    return [Resource(TYPES[row.type], row.id, row.name, row.organization_id, row.organization) for row in rows]


def _is_called(model: type[Base], row: FromClause, called: str) -> ColumnElement[bool]:
    if model is User:
        return row.c.email == literal(called.lower(), Text)
    if model in _NAMELESS:
        return false()
    if model is Service:
        return row.c.code == literal(called.upper(), Text)
    return row.c.name_key == func.fold(literal(called, Text))
