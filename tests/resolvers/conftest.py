"""The demo world, ready for mutations."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from resolvers.identity import passwords
from resolvers.transaction.unit_of_work import Writing
from tests.mutations import acme


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[Writing]:
    """In a database of the test's own."""
    async with acme(database_url) as world:
        yield world


@pytest_asyncio.fixture
async def shared(shared_database_url: str) -> AsyncIterator[Writing]:
    """In a database that is used by all tests of the module that change nothing."""
    async with acme(shared_database_url) as world:
        yield world


@pytest.fixture
def short_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a password reset answers at once."""
    monkeypatch.setattr(passwords, "TICK", 0.001)
