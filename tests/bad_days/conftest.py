"""One PostgreSQL server that the bad days share. Each leaves it running."""

from collections.abc import Iterator

import pytest

from tests.support.bad_days.own_postgres import OwnPostgres, own_postgres

CONNECTIONS = 60


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres({"max_connections": str(CONNECTIONS), "superuser_reserved_connections": "0"}) as server:
        yield server
