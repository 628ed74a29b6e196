"""What tests that store random worlds share: a connection, and what mutations need."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.database.pools import create_write_engine
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, rules


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def writing(database_url: str) -> AsyncIterator[MutationContext]:
    """What mutations need, on an empty database."""
    engine = create_write_engine(database_url)
    yield MutationContext(engine, rules(), SECRET_KEY)
    await engine.dispose()
