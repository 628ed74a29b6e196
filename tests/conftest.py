"""The fixtures that tests of several layers share: databases, the shipped policy, the demo data, a server on it.

One embedded PostgreSQL serves the run; `PORTICO_TEST_DATABASE_URL` names another server instead (its user must be
allowed
to make databases). Tests that share a server run in one event loop: `pytestmark =
pytest.mark.asyncio(loop_scope="module")`.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from app import embedded
from authz.policy import Policy, load
from resolvers.identity import passwords
from resolvers.transaction.unit_of_work import MutationContext
from tests.support.databases import UNSAFE_BUT_QUICK, build, fresh_database, in_new_loop
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import acme
from tests.support.server import Client, add_demo_world, serving


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a PostgreSQL server in which databases may be made."""
    given = os.environ.get("PORTICO_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    folder.chmod(0o711)
    try:
        with embedded.running(folder / "data", UNSAFE_BUT_QUICK) as url:
            yield url
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template_database(server_url: str) -> Iterator[str]:
    """The name of a database that the migrations have built, and that nothing was written to."""
    with fresh_database(server_url, "template0") as url:
        in_new_loop(build(url))
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of an empty, migrated database of this test's own."""
    with fresh_database(server_url, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of an empty, migrated database that the tests of one module share."""
    with fresh_database(server_url, template_database) as url:
        yield url


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The shipped policy, after all checks."""
    return load(POLICY)


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[MutationContext]:
    """The demo data, ready for mutations, in a database of the test's own."""
    async with acme(database_url) as world:
        yield world


@pytest_asyncio.fixture
async def shared(shared_database_url: str) -> AsyncIterator[MutationContext]:
    """The same in a database that all tests of the module share which change nothing."""
    async with acme(shared_database_url) as world:
        yield world


@pytest.fixture
def short_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a password reset answers at once."""
    monkeypatch.setattr(passwords, "TICK", 0.001)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a server on the demo data that the tests of one module share."""
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as opened:
        yield opened


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` writes all golden files anew: plans, their answers, the printed schema."""
    parser.addoption("--rewrite", action="store_true", help="write the golden files anew")
