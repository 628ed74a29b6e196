"""The GraphQL types, built from SQLAlchemy objects: plain attributes, and loaders for what needs a query."""

from typing import Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, Info, Private

import models
from benchmarks.ordinary import loaders
from benchmarks.ordinary.context import Context
from models import Audience, Permission, ServiceStatus, UserKind
from resolvers.types.user import UserStatus

Node = TypeVar("Node")
RequestInfo = Info[Context, None]

for enum in (Audience, Permission, ServiceStatus, UserKind, UserStatus):
    strawberry.enum(enum)


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class Connection(Generic[Node]):
    nodes: list[Node]
    page_info: PageInfo


@strawberry.type
class Organization:
    id: ID
    name: str

    @classmethod
    def of(cls, row: models.Organization) -> "Organization":
        return cls(id=ID(f"org_{row.id}"), name=row.name)


@strawberry.type
class DeliveryAccount:
    id: ID
    name: str

    @classmethod
    def of(cls, row: models.DeliveryAccount) -> "DeliveryAccount":
        return cls(id=ID(f"da_{row.id}"), name=row.name)


@strawberry.type
class Site:
    city: str
    country: str


@strawberry.type
class Service:
    id: ID
    code: str
    name: str
    status: ServiceStatus
    site: Site
    delivery_account_key: Private[UUID]

    @strawberry.field
    async def delivery_account(self, info: RequestInfo) -> DeliveryAccount:
        row = await info.context.loaders.delivery_account(self.delivery_account_key)
        assert row is not None
        return DeliveryAccount.of(row)

    @classmethod
    def of(cls, row: models.Service) -> "Service":
        return cls(
            id=ID(f"svc_{row.id}"),
            code=row.code,
            name=row.name,
            status=ServiceStatus(row.status),
            site=Site(city=row.city, country=row.country),
            delivery_account_key=row.delivery_account_id,
        )


@strawberry.type
class ContractAccount:
    id: ID
    name: str
    key: Private[UUID]

    @strawberry.field
    async def services(self, info: RequestInfo, first: int = 25) -> Connection[Service]:
        rows = await info.context.loaders.first(loaders.SERVICES_OF_CONTRACT, first + 1, self.key)
        return connection([Service.of(row) for row in rows[:first]], len(rows) > first)

    @classmethod
    def of(cls, row: models.ContractAccount) -> "ContractAccount":
        return cls(id=ID(f"ca_{row.id}"), name=row.name, key=row.id)


@strawberry.type
class User:
    id: ID
    kind: UserKind
    audience: Audience
    email: str
    first_name: str | None
    last_name: str | None
    row: Private[models.User]

    @strawberry.field
    def display_name(self) -> str:
        names = [name for name in (self.first_name, self.last_name) if name]
        return " ".join(names) or self.email

    @strawberry.field
    async def status(self, info: RequestInfo) -> UserStatus:
        if self.row.removed_at is not None:
            return UserStatus.REMOVED
        if self.row.activated_at is not None:
            return UserStatus.ACTIVE
        tokens = await info.context.loaders.open_activations(self.row.id)
        return UserStatus.PENDING if tokens else UserStatus.EXPIRED

    @strawberry.field
    async def permissions(self, info: RequestInfo) -> list[Permission]:
        held = {row.permission for row in await info.context.loaders.permissions(self.row.id)}
        return [permission for permission in Permission if permission in held]

    @strawberry.field
    async def contract_accounts(self, info: RequestInfo, first: int = 25) -> Connection[ContractAccount]:
        load = info.context.loaders.first
        if self.row.all_contract_accounts and self.row.organization_id:
            rows = await load(loaders.CONTRACTS_OF_ORGANIZATION, first + 1, self.row.organization_id)
        else:
            rows = await load(loaders.CONTRACTS_OF_USER, first + 1, self.row.id)
        return connection([ContractAccount.of(row) for row in rows[:first]], len(rows) > first)

    @strawberry.field
    async def delivery_accounts(self, info: RequestInfo, first: int = 25) -> Connection[DeliveryAccount]:
        load = info.context.loaders.first
        if self.row.all_delivery_accounts and self.row.organization_id:
            rows = await load(loaders.DELIVERIES_OF_ORGANIZATION, first + 1, self.row.organization_id)
        else:
            rows = await load(loaders.DELIVERIES_OF_USER, first + 1, self.row.id)
        return connection([DeliveryAccount.of(row) for row in rows[:first]], len(rows) > first)

    @classmethod
    def of(cls, row: models.User) -> "User":
        return cls(
            id=ID(f"usr_{row.id}"),
            kind=UserKind(row.kind),
            audience=Audience(row.audience),
            email=row.email,
            first_name=row.first_name,
            last_name=row.last_name,
            row=row,
        )


def connection(nodes: list[Node], more: bool) -> Connection[Node]:
    """A page of nodes, and whether there are more."""
    return Connection(nodes=nodes, page_info=PageInfo(has_next_page=more))
