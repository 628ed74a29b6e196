"""DataLoaders: one statement per edge for all parents, which limits the rows of each parent in the database."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import InstrumentedAttribute, aliased
from strawberry.dataloader import DataLoader

from benchmarks.ordinary import rules
from benchmarks.ordinary.viewer import Viewer
from models import (
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    OneTimeToken,
    Service,
    TokenPurpose,
    UserPermission,
    not_expired,
)

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Edge:
    """The rows of `model` that belong to a parent and that the viewer sees, in the order of the API.

    The column `parent` holds the parent's key. It belongs to `model`, or to the table that is joined by `through`.
    """

    model: type[Base]
    parent: InstrumentedAttribute[Any]
    order: tuple[InstrumentedAttribute[Any], ...]
    sees: Callable[[Viewer], ColumnElement[bool]]
    through: tuple[type[Base], ColumnElement[bool]] | None = None


def granted(grants: type[Base], belongs: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition of a join with a table of grants: those in force."""
    return and_(belongs, not_expired(grants.__table__))


CONTRACT_ORDER = (ContractAccount.name_key, ContractAccount.id)
DELIVERY_ORDER = (DeliveryAccount.name_key, DeliveryAccount.id)

SERVICES_OF_CONTRACT = Edge(Service, Service.contract_account_id, (Service.code, Service.id), rules.sees_service)
CONTRACTS_OF_ORGANIZATION = Edge(
    ContractAccount, ContractAccount.organization_id, CONTRACT_ORDER, rules.sees_contract_account
)
CONTRACTS_OF_USER = Edge(
    ContractAccount,
    ContractGrant.user_id,
    CONTRACT_ORDER,
    rules.sees_contract_account,
    (ContractGrant, granted(ContractGrant, ContractGrant.contract_account_id == ContractAccount.id)),
)
DELIVERIES_OF_ORGANIZATION = Edge(
    DeliveryAccount, DeliveryAccount.organization_id, DELIVERY_ORDER, rules.sees_delivery_account
)
DELIVERIES_OF_USER = Edge(
    DeliveryAccount,
    DeliveryGrant.user_id,
    DELIVERY_ORDER,
    rules.sees_delivery_account,
    (DeliveryGrant, granted(DeliveryGrant, DeliveryGrant.delivery_account_id == DeliveryAccount.id)),
)


class Loaders:
    """The loaders of one request. Each statement uses its own database connection, so they run concurrently."""

    def __init__(self, sessions: Sessions, viewer: Viewer) -> None:
        self.sessions = sessions
        self.viewer = viewer
        self._loaders: dict[tuple[Any, int], DataLoader[UUID, Any]] = {}

    def first(self, edge: Edge, size: int, parent: UUID) -> Awaitable[list[Any]]:
        """The first rows of an edge."""
        return self._loader((edge, size), partial(self._first_of_each, edge, size)).load(parent)

    def delivery_account(self, key: UUID) -> Awaitable[DeliveryAccount | None]:
        """A delivery account by its key."""
        return self._loader(("delivery_account", 0), self._delivery_accounts).load(key)

    def permissions(self, user: UUID) -> Awaitable[list[UserPermission]]:
        """The permissions of a user."""
        permissions = select(UserPermission, UserPermission.user_id).where(not_expired(UserPermission.__table__))
        read = partial(self._of_users, permissions, UserPermission.user_id)
        return self._loader(("permissions", 0), read).load(user)

    def open_activations(self, user: UUID) -> Awaitable[list[OneTimeToken]]:
        """The tokens with which a user can still be activated."""
        tokens = select(OneTimeToken, OneTimeToken.user_id).where(
            OneTimeToken.purpose == TokenPurpose.ACTIVATION,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.revoked_at.is_(None),
            OneTimeToken.expires_at > func.now(),
        )
        return self._loader(("activations", 0), partial(self._of_users, tokens, OneTimeToken.user_id)).load(user)

    def _loader(
        self, name: tuple[Any, int], read: Callable[[list[UUID]], Awaitable[list[Any]]]
    ) -> DataLoader[UUID, Any]:
        if name not in self._loaders:
            self._loaders[name] = DataLoader(load_fn=read)
        return self._loaders[name]

    async def _first_of_each(self, edge: Edge, size: int, parents: list[UUID]) -> list[Any]:
        rank = func.row_number().over(partition_by=edge.parent, order_by=edge.order).label("place")
        rows = select(edge.model, edge.parent.label("parent"), rank)
        if edge.through is not None:
            rows = rows.join(*edge.through)
        ranked = rows.where(edge.parent.in_(parents), edge.sees(self.viewer)).subquery()
        entity = aliased(edge.model, ranked)
        page = select(entity, ranked.c.parent).where(ranked.c.place <= size).order_by(ranked.c.place)
        return await self._grouped(page, parents)

    async def _of_users(
        self, statement: Select[*tuple[Any, ...]], column: InstrumentedAttribute[Any], users: list[UUID]
    ) -> list[Any]:
        return await self._grouped(statement.where(column.in_(users)), users)

    async def _grouped(self, statement: Select[*tuple[Any, ...]], parents: list[UUID]) -> list[Any]:
        groups: dict[UUID, list[Any]] = defaultdict(list)
        async with self.sessions() as session:
            for row, parent in await session.execute(statement):
                groups[parent].append(row)
        return [groups[parent] for parent in parents]

    async def _delivery_accounts(self, keys: list[UUID]) -> list[DeliveryAccount | None]:
        seen = and_(DeliveryAccount.id.in_(keys), rules.sees_delivery_account(self.viewer))
        async with self.sessions() as session:
            accounts = {row.id: row for row in await session.scalars(select(DeliveryAccount).where(seen))}
        return [accounts.get(key) for key in keys]
