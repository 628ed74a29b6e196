"""A server on the example world, shared by the tests of one module.

Those tests run in one event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.serving import Client, add_demo_world, serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of the module's server."""
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as opened:
        yield opened
