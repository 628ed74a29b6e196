"""The databases of the tests: one embedded PostgreSQL for the run, built by the migrations, copied for each test.

`PORTICO_TEST_DATABASE_URL` names another server instead (its user must be allowed to make databases).
"""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

import migrations
from app import embedded
from app.database.pools import normalized, writing_engine

T = TypeVar("T")

# Durability is not what these tests are about; the speed is felt by everybody.
UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
NUMBERS = itertools.count(1)


def in_new_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of another thread, so that it does not matter which loop the test is about to use."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def another(url: str, database: str) -> str:
    """`url`, with `database` in place of the one it names."""
    address, _, parameters = normalized(url).partition("?")
    server, _, _ = address.rpartition("/")
    return f"{server}/{database}" + (f"?{parameters}" if parameters else "")


async def execute(url: str, *statements: str) -> None:
    """Run statements outside of any transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def build(url: str) -> None:
    """Bring the database at `url` to the newest migration."""
    engine = writing_engine(url)
    await migrations.upgrade(engine)
    await engine.dispose()


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """The URL of a database made from `template`; it is dropped after the block."""
    name = f"portico_test_{os.getpid()}_{next(NUMBERS)}"
    in_new_loop(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    try:
        yield another(server_url, name)
    finally:
        in_new_loop(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` writes all golden files anew: plans, their answers, the printed schema."""
    parser.addoption("--rewrite", action="store_true", help="write the golden files anew")
