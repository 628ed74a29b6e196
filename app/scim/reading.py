"""Reads users and groups as the admin who made the SCIM token: requests to the planner, which has the policy in every
condition.

SCIM counts the resources of a list (`startIndex`), while the planner begins a page after a row. So a page further on
takes two statements: the first only finds the row before it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import orjson
from scim2_models import NotFoundException, UnauthorizedException

from authz.access import Access
from models import AccessTemplate, User
from resolvers.callers.caller import Caller
from resolvers.public_id import key
from resolvers.query import cursor
from resolvers.query.reader import Reader
from resolvers.query.selection import (
    ConnectionField,
    Nodes,
    ObjectField,
    Page,
    PageInfo,
    ParameterSlot,
    Part,
    Request,
    ScalarField,
    Selection,
    TotalCount,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.read import access_of, read_as_current_actor

MAX_START: Final = 1_000_000
"""The largest `startIndex`."""

ROWS_PER_NODE: Final = 10
"""How many rows that are only counted cost one node."""

MOST_MEMBERS: Final = 1_000
"""The maximum number of members in a response, of all its groups together."""

Row = Mapping[str, Any]


def _scalars(*names: str) -> tuple[Part, ...]:
    return tuple(ScalarField(name, name) for name in names)


_GROUP: Final = Selection("AccessTemplate", _scalars("id", "name"))
_USER: Final = Selection(
    "User",
    (
        *_scalars("id", "email", "firstName", "lastName", "displayName", "phone", "externalId", "status"),
        *_scalars("createdAt", "updatedAt", "version"),
        ObjectField("template", "template", _GROUP),
    ),
)
_TEMPLATE: Final = Selection(
    "AccessTemplate", _scalars("id", "name", "externalId", "createdAt", "updatedAt", "version")
)
_MEMBER: Final = Selection("User", (*_scalars("id"), ObjectField("template", "template", _GROUP)))


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list at the root of queries, and what is read of each of its rows. `always` are conditions that it always
    has."""

    field: str
    selection: Selection
    always: Mapping[str, Any]


USERS: Final = ListOf("users", _USER, {"existsForScim": True})
GROUPS: Final = ListOf("accessTemplates", _TEMPLATE, {})
_MEMBERS: Final = ListOf("users", _MEMBER, {"existsForScim": True})


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the rows are read: `size` of them at most, by an order of the planner, after a position in it."""

    size: int
    order: str = "CREATED_AT_ASC"
    after: tuple[Any, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows, and the number of all of them."""

    total: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class ScimReads:
    """Reads for one request. `reload` returns the caller as stored now, or None if the token is no longer valid, and
    `charge` takes nodes from the token's bucket before they are read."""

    reader: Reader
    context: MutationContext
    caller: Caller
    reload: Callable[[], Awaitable[Caller | None]]
    charge: Callable[[int], Awaitable[None]]

    async def user(self, resource_id: str) -> Row:
        """The user with this public id. Raises NotFoundException."""
        return await self._one(USERS, key(resource_id, User))

    async def group(self, resource_id: str) -> Row:
        """The access template with this public id. Raises NotFoundException."""
        return await self._one(GROUPS, key(resource_id, AccessTemplate))

    async def members(self, group_ids: Sequence[str]) -> Sequence[Row] | None:
        """The members of these groups, each with its `template`; None if they are more than `MOST_MEMBERS`."""
        templates = tuple(key(group_id, AccessTemplate) for group_id in group_ids)
        if not templates:
            return ()
        found = await self._page(_MEMBERS, {"templates": templates}, Window(MOST_MEMBERS, "NAME_ASC"))
        return None if found.total > MOST_MEMBERS else found.rows

    async def list(self, list_: ListOf, conditions: Mapping[str, Any], window: Window, start: int) -> Found:
        """The rows of the list that meet the conditions, from the one with the number `start` on, which begins with
        1."""
        if start <= 1:
            return await self._page(list_, conditions, window)
        after = None if start > MAX_START else await self._row_before(list_, conditions, window.order, start)
        if after is None:
            return await self._page(list_, conditions, replace(window, size=0))
        return await self._page(list_, conditions, replace(window, after=after))

    async def _one(self, list_: ListOf, id_: UUID | None) -> Row:
        if id_ is None:
            raise NotFoundException
        found = await self._page(list_, {"ids": (id_,)}, Window(1))
        if not found.rows:
            raise NotFoundException
        return found.rows[0]

    async def _row_before(
        self, list_: ListOf, conditions: Mapping[str, Any], order: str, start: int
    ) -> tuple[Any, UUID] | None:
        """The position of the row before `start`; None if there are not as many rows."""
        await self.charge(1 + start // ROWS_PER_NODE)
        parts = (TotalCount("total"), PageInfo("pageInfo", (ScalarField("endCursor", "endCursor"),)))
        found = await self._read(_request(list_, parts, conditions, Window(start - 1, order)))
        if found["total"] < start:
            return None
        type_ = self.reader.registry.objects[list_.selection.type].orders[order].type
        return cursor.decode(found["pageInfo"]["endCursor"], order, type_)

    async def _page(self, list_: ListOf, conditions: Mapping[str, Any], window: Window) -> Found:
        await self.charge(1 + window.size)
        nodes = (Nodes("nodes", list_.selection),) if window.size else ()
        found = await self._read(_request(list_, (*nodes, TotalCount("total")), conditions, window))
        return Found(found["total"], found.get("nodes", ()))

    async def _read(self, request: Request) -> Row:
        actor = self.caller.actor
        access: Access | None = None if actor is None else access_of(self.context, actor)
        data = await read_as_current_actor(
            self.reader, self.context, self.caller, access, request, reload=self.reload, cached=True
        )
        if data is None:
            raise UnauthorizedException(detail="The SCIM token is no longer valid.")
        rows: Row = orjson.loads(data)["list"]
        return rows


def _request(list_: ListOf, parts: tuple[Any, ...], conditions: Mapping[str, Any], window: Window) -> Request:
    values: list[Any] = [window.size]

    def slot(value: Any) -> ParameterSlot:
        values.append(value)
        return ParameterSlot(len(values) - 1)

    page = Page(
        size=ParameterSlot(0),
        order=window.order,
        parts=parts,
        after=None if window.after is None else (slot(window.after[0]), slot(window.after[1])),
        filters=tuple((name, slot(value)) for name, value in sorted({**list_.always, **conditions}.items())),
    )
    selection = Selection("Query", (ConnectionField("list", list_.field, page),))
    return Request(selection, tuple(values), large=True)
