"""The fixtures that tests of several layers share: databases, the shipped policy, the demo data, a server on it.

One embedded PostgreSQL serves the run; `PORTICO_TEST_DATABASE_URL` names another server instead, whose user must be
allowed to create databases. It may be the coordinator of Citus (`tests/support/distribution/citus.py`). Tests that
share a server run in one event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
"""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import replace
from functools import cache, partial

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import create_async_engine

from app import embedded
from app.console.built_files import read_build, read_documents
from authz.policy import Policy
from resolvers.garbage import freeze_survivors
from resolvers.identity import argon2id, passwords
from resolvers.transaction.context import MutationContext
from tests.support.databases import UNSAFE_BUT_QUICK, build, fresh_database, in_new_loop, keeping_copies, open_session
from tests.support.depth import examples
from tests.support.distribution import citus
from tests.support.embedded_server import public_folder
from tests.support.policies import check_cache
from tests.support.policies.compiled_once import compile_once, note_once
from tests.support.resolver_fixtures import loaded_acme, rules
from tests.support.server import Client, add_demo_world, serving
from tests.support.suite.compiled_statements import COMPILED
from tests.support.suite.whole_servers import MARKER as SERVERS
from tests.support.suite.whole_servers import starts_servers

# No test asserts a time. By default, Hypothesis fails an example that takes longer than 200 ms, and a test whose
# examples take long to generate, as on a busy machine.
settings.register_profile(
    "portico",
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("PORTICO_TEST_DERANDOMIZE")),
)
settings.load_profile("portico")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a PostgreSQL server in which databases may be created."""
    given = os.environ.get("PORTICO_TEST_DATABASE_URL")
    if given:
        with open_session(given):
            yield given
        return
    folder = public_folder()
    try:
        with embedded.running(folder / "data", UNSAFE_BUT_QUICK) as url, open_session(url):
            yield url
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template_database(server_url: str) -> Iterator[str]:
    """The name of a migrated database without any data."""
    with fresh_database(server_url, "template0") as url:
        if citus.workers():
            in_new_loop(citus.make_cluster(url))
        in_new_loop(build(url))
        if citus.workers():
            in_new_loop(citus.distribute_database(url))
        name = url.partition("?")[0].rpartition("/")[2]
        with keeping_copies(server_url, name):
            yield name


@pytest.fixture(scope="session")
def demo_template_database(server_url: str, template_database: str) -> Iterator[str]:
    """The name of a database with the demo data. A copy of it takes a fifth of the time that loading them takes."""
    with fresh_database(server_url, template_database) as url:
        in_new_loop(add_demo_world(url))
        name = url.partition("?")[0].rpartition("/")[2]
        with keeping_copies(server_url, name):
            yield name


@pytest.fixture
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of this test's own empty, migrated database."""
    with fresh_database(server_url, template_database) as url:
        yield url


@pytest.fixture
def demo_database_url(server_url: str, demo_template_database: str) -> Iterator[str]:
    """The URL of this test's own database with the demo data."""
    with fresh_database(server_url, demo_template_database) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of an empty, migrated database that the tests of one module share."""
    with fresh_database(server_url, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def shared_demo_database_url(server_url: str, demo_template_database: str) -> Iterator[str]:
    """The URL of a database with the demo data that the tests of one module share."""
    with fresh_database(server_url, demo_template_database) as url:
        yield url


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The shipped policy, after all checks."""
    return rules()


@pytest_asyncio.fixture
async def writing(demo_database_url: str) -> AsyncIterator[MutationContext]:
    """The demo data, ready for mutations, in this test's own database."""
    async with loaded_acme(demo_database_url) as world:
        yield world


@pytest_asyncio.fixture
async def shared(shared_demo_database_url: str) -> AsyncIterator[MutationContext]:
    """The same in a database that the tests of one module share; they must not change anything."""
    async with loaded_acme(shared_demo_database_url) as world:
        yield world


@pytest.fixture
def short_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request for a password reset answers at once."""
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a server with the demo data; the tests of one module share it."""
    async with serving(shared_demo_database_url, tmp_path_factory.mktemp("data")) as opened:
        yield opened


LONG_MODULES = (
    "tests/docs/test_policy_guide.py",
    "tests/architecture/test_organizations_of_tables.py",
    "tests/benchmarks/",
    "tests/properties/",
    "tests/app/cli/policy/",
    "tests/app/policy/",
    "tests/app/test_server.py",
    "tests/app/embedded/",
    "tests/authz/",
    "tests/resolvers/mutations/",
    "tests/resolvers/policy_analysis/",
)
"""Where the modules are that take longest. They run first, so that no worker is left with one of them at the end."""


@pytest.hookimpl(tryfirst=True)  # before others are left out by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start whole servers, and let the longest modules begin."""

    def rank(item: pytest.Item) -> int:
        ranks = [number for number, place in enumerate(LONG_MODULES) if item.nodeid.startswith(place)]
        return ranks[0] if ranks else len(LONG_MODULES)

    for item in items:
        if starts_servers(item.nodeid):
            item.add_marker(SERVERS)
        if (mark := item.get_closest_marker("one_server")) and citus.workers():
            item.add_marker(pytest.mark.skip(reason=f"not on Citus: {mark.args[0]}"))
    items.sort(key=rank)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Three workers for each two cores: a fifth of the time, a worker waits for its database or for a time limit."""
    number = yield
    return number if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else number + number // 2


YOUNG_OBJECTS = 10_000
"""After so many new objects, the youngest are collected: Python's usual 700 are collected while a test needs them."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Take what is imported and collected out of all garbage collections: half a million objects, which stay. A full
    collection visited them for a quarter of a second, and a seventh of the run was spent so."""
    gc.disable()
    try:
        return (yield)
    finally:
        freeze_survivors()
        gc.set_threshold(YOUNG_OBJECTS)
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Create the check cache of the run. Its workers find it by the environment."""
    if citus.workers():
        os.environ["PORTICO_GENERIC_PLANS"] = "false"
    if check_cache.VARIABLE not in os.environ:
        config.add_cleanup(check_cache.create())


@pytest.fixture(scope="session", autouse=True)
def _checks_policies_once() -> Iterator[None]:
    """Each policy is checked once per run, in whichever worker loads it first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("authz.policy.check", check_cache.check_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiles_policies_once() -> Iterator[None]:
    """Each decision of the last policies is compiled once per worker, whichever policy object asks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("authz.policy.Compiler", compile_once)
        patch.setattr("authz.policy.NotingCompiler", note_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiles_statements_once() -> Iterator[None]:
    """Each statement of the engines for writing and analyzing is compiled once per worker."""
    create = partial(create_async_engine, execution_options={"compiled_cache": COMPILED})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.database.pools.create_async_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def _reads_the_console_once() -> Iterator[None]:
    """The files of the built console are read and the texts of its documents decoded by the first server of a worker.
    Each test of a server has one of its own, but the build stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.application.read_build", cache(read_build))
        patch.setattr("app.backend.read_documents", cache(read_documents))
        yield


@pytest.fixture(scope="session", autouse=True)
def _hashes_cheaply() -> Iterator[None]:
    """A password is hashed in a fraction of a millisecond. `tests/resolvers/identity/test_hashing.py` has the real
    parameters, and so have the processes that tests start."""
    cheap = replace(argon2id.PARAMETERS, time_cost=1, memory_cost=8 * argon2id.PARAMETERS.parallelism)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argon2id, "PARAMETERS", cheap)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` rewrites all golden files: plans, their answers, the printed schema."""
    parser.addoption("--rewrite", action="store_true", help="write the golden files anew")
