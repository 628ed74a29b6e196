"""One PostgreSQL server that the bad days share. Each leaves it running."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.bad_days.own_postgres import OwnPostgres, own_postgres

CONNECTIONS = 60


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres({"max_connections": str(CONNECTIONS), "superuser_reserved_connections": "0"}) as server:
        yield server


@pytest.fixture
def free_port() -> int:
    """A free port below those that the system gives away, so it stays free while a server is away."""
    while True:
        port = random.randint(20_000, 30_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
