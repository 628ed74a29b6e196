"""A database with a test world, in which access reviews are created and recorded."""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from app.database.pools import create_write_engine
from authz.actor import Actor
from models import AccessReviewEntry
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.mutations import create_access_review, sign_off_access_review
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.resolver_fixtures import SECRET_KEY, rules
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.loader import empty, insert_world
from tests.support.worlds.models import User, World


def caller(user: User) -> Caller:
    return Caller(Actor(user.id, user.organization_id, traits_of(user), 1))


class ReviewDatabase:
    """A database with a test world, and the access reviews of its organizations."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_write_engine(url, max_connections=4)
        self.writing = MutationContext(self.engine, rules(), SECRET_KEY)

    async def fill(self, world: World) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await empty(connection)
            await insert_world(connection, world)
        finally:
            await connection.close()

    async def run(self, sql: str) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    async def request(self, user: User, organization: UUID | None) -> UUID:
        return await run_in_transaction(
            self.writing, caller(user), lambda work: create_access_review(work, organization)
        )

    async def create(self, user: User, organization: UUID | None) -> UUID:
        review = await self.request(user, organization)
        assert await record_next(self.writing, Caller())
        return review

    async def sign_off(self, user: User, review: UUID, note: str | None = None) -> UUID:
        return await run_in_transaction(
            self.writing, caller(user), lambda work: sign_off_access_review(work, review, note)
        )

    async def entries(self, review: UUID) -> list[Any]:
        table = AccessReviewEntry.__table__
        async with self.engine.connect() as connection:
            result = await connection.execute(select(table).where(table.c.review_id == review))
            return list(result.all())
