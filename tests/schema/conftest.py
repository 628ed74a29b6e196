"""The example world behind a server, shared by the tests of one module: they leave it as they found it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.serving import Client, add_demo_world, serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client
