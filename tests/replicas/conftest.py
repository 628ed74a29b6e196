"""A primary with the demo data, and real streaming replicas of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded
from tests.support.databases import build, fresh_database, in_new_loop
from tests.support.embedded_server import public_folder
from tests.support.replicas.standby import DURABLE, Standby, standby_of
from tests.support.server import add_demo_world


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    made = public_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def primary_server(folder: Path) -> Iterator[str]:
    """The URL of a server that may be replicated."""
    with embedded.running(folder / "primary", DURABLE) as url:
        yield url


@pytest.fixture(scope="session")
def primary_template(primary_server: str) -> Iterator[str]:
    with fresh_database(primary_server, "template0") as url:
        in_new_loop(build(url))
        in_new_loop(add_demo_world(url))
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def primary_url(primary_server: str, primary_template: str) -> Iterator[str]:
    """The URL of this test's own database with the demo data."""
    with fresh_database(primary_server, primary_template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_standby(primary_server: str, folder: Path) -> Iterator[Standby]:
    """A replica of the server, for tests that leave it as it was."""
    with standby_of(primary_server, folder / "shared") as made:
        yield made


@pytest.fixture
def shared_url(shared_standby: Standby, primary_url: str) -> Iterator[str]:
    """The URL of the replica of this test's database."""
    shared_standby.until_replayed(primary_url)
    yield shared_standby.url(primary_url)
    shared_standby.resume()


@pytest.fixture
def standby(primary_server: str, primary_url: str, folder: Path) -> Iterator[Standby]:
    """This test's own replica of the server."""
    with standby_of(primary_server, folder / primary_url.partition("?")[0].rpartition("/")[2]) as made:
        made.until_replayed(primary_url)
        yield made


@pytest.fixture
def promoted(primary_server: str, primary_url: str, folder: Path) -> Iterator[Standby]:
    """A primary of this test's own, with the same databases."""
    with standby_of(primary_server, folder / f"promoted-{primary_url.partition('?')[0].rpartition('/')[2]}") as made:
        made.until_replayed(primary_url)
        made.promote()
        yield made


@pytest.fixture
def replica(promoted: Standby, primary_url: str, folder: Path) -> Iterator[Standby]:
    """A replica of that primary."""
    with standby_of(promoted.server_url, folder / f"{promoted._cluster.home.name}-replica") as made:
        made.until_replayed(primary_url)
        yield made
