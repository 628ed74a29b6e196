"""Reads who had access when for the command line: as the operator, without policy checks, and row by row.

The conditions are those of `accessAt` and `whoHadAccess`. All rows are of the organization of the user or resource,
or of the platform if it is one of the staff.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from models import Base, ContractAccount, DeliveryAccount, Permission, Service, User
from resolvers.past_access.expired import TIME
from resolvers.past_access.reach import is_complete
from resolvers.placed_rows import for_organization
from resolvers.query.json_sql import int_literal
from resolvers.query.registry import Row
from resolvers.types import access_at, resource_access_at
from resolvers.types.user import display_name_of


class _Operator:
    """The access of an operator, who has the whole database anyway."""

    def may(self, *_asked: object, **_scope: object) -> ColumnElement[bool]:
        """Everything, without any condition."""
        return true()

    same_organization = may


OPERATOR: Final = cast("Access", _Operator())
LISTS: Final = (
    (ContractAccount, access_at.contract_accounts, "name"),
    (DeliveryAccount, access_at.delivery_accounts, "name"),
    (Service, access_at.services, "code"),
)
"""What a user had: the model, the condition on its rows, and the column by which they are ordered."""


@dataclass(frozen=True, slots=True)
class PastAccess:
    """The access of a user at a time, without the accounts and services. `ends` says when permissions, and accounts by
    their public ids, were to expire; the other fields are those of `AccessAt`."""

    complete: bool
    reaches_back_to: datetime | None
    existed: bool
    active: bool
    audience: str | None
    permissions: tuple[Permission, ...]
    all_contract_accounts: bool
    all_delivery_accounts: bool
    ends: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question about the user, account or service with this public id, of this organization, at a time."""

    id: str
    organization_id: UUID | None
    time: datetime


async def read_access(connection: AsyncConnection, asked: PastQuestion) -> PastAccess | None:
    """Returns the access of a user at a time; None for a time to come."""
    row = _state(asked)
    computed = (
        access_at.audience,
        access_at.permissions,
        access_at.all_contract_accounts,
        access_at.all_delivery_accounts,
    )
    columns = row.c.is_complete, row.c.reaches_back_to, row.c.existed, row.c.was_active
    access = select(*columns, *(each(row, OPERATOR) for each in computed))
    found = (await connection.execute(await _placed(connection, asked, access))).one_or_none()
    if found is None:
        return None
    complete, since, existed, active, audience, permissions, all_contracts, all_deliveries = found
    selected = (
        select(_row_of(row, ends(row, OPERATOR))) for ends in (access_at.permission_ends, access_at.account_ends)
    )
    ending = [each for ends in selected for each in await connection.execute(await _placed(connection, asked, ends))]
    return PastAccess(
        complete,
        since,
        existed,
        active,
        audience,
        tuple(map(Permission, permissions)),
        all_contracts,
        all_deliveries,
        ends={key: ends_at for key, *_name, ends_at in ending},
    )


async def read_resources(
    connection: AsyncConnection, asked: PastQuestion
) -> AsyncIterator[tuple[type[Base], UUID, str]]:
    """Yields the contract accounts that a user had by name, then the delivery accounts, then the services by code: the
    model, the key, and the name or code."""
    for model, condition, name in LISTS:
        row, listed = _state(asked), model.__table__.alias()
        had = condition(row, listed, OPERATOR).combined
        columns = select(listed.c.id, listed.c[name]).select_from(row.join(listed, true())).where(had)
        order = listed.c.code if model is Service else listed.c.name_key
        statement = await _placed(connection, asked, columns.order_by(order, listed.c.id))
        async for id_, shown in await connection.stream(statement):
            yield model, id_, shown


async def read_users(connection: AsyncConnection, asked: PastQuestion) -> AsyncIterator[Any]:
    """Yields the users who had access to an account or a service, and those of whom the audit trail doesn't record it,
    by email: rows of `id`, `email`, `name`, `had_access` and `recorded`. None for a time to come."""
    lookup = _lookup("on", asked)
    row, user = _row_of(lookup, resource_access_at.resource(lookup, OPERATOR)), User.__table__.alias()
    had, unknown = resource_access_at.users(row, user, OPERATOR), resource_access_at.unknown(row, user, OPERATOR)
    recorded = is_complete(user, row.c.at, OPERATOR).label("recorded")
    columns = user.c.id, user.c.email, display_name_of(user).label("name"), had.label("had_access"), recorded
    listed = select(*columns).select_from(row.join(user, true())).where(or_(had, unknown)).order_by(user.c.email)
    async for found in await connection.stream(await _placed(connection, asked, listed)):
        yield found


async def _placed(connection: AsyncConnection, asked: PastQuestion, statement: Select[Any]) -> Select[Any]:
    return await for_organization(connection, statement, asked.organization_id)


def _state(asked: PastQuestion) -> Row:
    lookup = _lookup("user", asked)
    return _row_of(lookup, access_at.state(lookup, OPERATOR))


def _lookup(name: str, asked: PastQuestion) -> FromClause:
    """The row of the arguments, as a query has them."""
    return select(literal(asked.id, Text()).label(name), literal(asked.time, TIME).label("time")).subquery()


def _row_of(parent: FromClause, rows: Select[Any]) -> FromClause:
    """What is selected for the row of the parent. OFFSET has it computed once, before what is joined to it."""
    selected = rows.lateral()
    return select(selected).select_from(parent.join(selected, true())).offset(int_literal(0)).subquery()
