"""The query root, and the schema, which parses and validates each document once."""

from typing import Any

import strawberry
from sqlalchemy import select
from strawberry.extensions import ParserCache, ValidationCache

import models
from benchmarks.ordinary import rules
from benchmarks.ordinary.types import Connection, ContractAccount, Organization, RequestInfo, User, connection
from models import Permission


@strawberry.type
class Viewer:
    @strawberry.field
    def user(self, info: RequestInfo) -> User:
        return User.of(info.context.viewer.user)

    @strawberry.field
    def organization(self, info: RequestInfo) -> Organization | None:
        row = info.context.viewer.user.organization
        return Organization.of(row) if row is not None else None

    @strawberry.field
    def permissions(self, info: RequestInfo) -> list[Permission]:
        return [permission for permission in Permission if permission in info.context.viewer.permissions]


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self) -> Viewer:
        return Viewer()

    @strawberry.field
    async def contract_accounts(self, info: RequestInfo, first: int = 25) -> Connection[ContractAccount]:
        model, sees = models.ContractAccount, rules.sees_contract_account(info.context.viewer)
        rows = await _rows(info, select(model).where(sees).order_by(model.name_key, model.id).limit(first + 1))
        return connection([ContractAccount.of(row) for row in rows[:first]], len(rows) > first)

    @strawberry.field
    async def users(self, info: RequestInfo, first: int = 25) -> Connection[User]:
        model, sees = models.User, rules.sees_user(info.context.viewer)
        rows = await _rows(info, select(model).where(sees).order_by(model.name_key, model.id).limit(first + 1))
        return connection([User.of(row) for row in rows[:first]], len(rows) > first)


async def _rows(info: RequestInfo, statement: Any) -> list[Any]:
    async with info.context.sessions() as session:
        return list(await session.scalars(statement))


schema = strawberry.Schema(query=Query, extensions=[ParserCache, ValidationCache])
