"""A cluster of Citus for the whole test run.

`PORTICO_TEST_DATABASE_URL` names its coordinator, and `PORTICO_TEST_CITUS_WORKERS` the databases `postgres` of its
workers, separated by commas. Then every database of a test is a distributed one: a copy of the template on each node,
which the nodes find by its name.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import text

from app.database.pools import create_write_engine, normalize_url
from app.distribution.distribute import distribute
from app.distribution.steps import Ddl

VARIABLE: Final = "PORTICO_TEST_CITUS_WORKERS"
ATTEMPTS: Final = 50
SHARDS: Final = 2

JOIN_ANYTHING: Final = text("SET LOCAL citus.enable_repartition_joins = on")
"""Lets the transactions of a test, and none of Portico, join tables by other columns than the tenant."""


def workers() -> list[str]:
    """The URLs of the workers; none if the tests use an ordinary server."""
    return [url for url in os.environ.get(VARIABLE, "").split(",") if url]


def activity() -> str:
    """The view of what all sessions do: on a cluster, those of all nodes."""
    return "citus_stat_activity" if workers() else "pg_stat_activity"


async def copied(servers: Sequence[str], name: str, template: str) -> None:
    """Create a database on all nodes from its template."""
    await asyncio.gather(*(_copied(server, name, template) for server in servers))
    connection = await asyncpg.connect(servers[0])
    # Tests switch triggers off to write what these refuse.
    await connection.execute(f"ALTER DATABASE {name} SET citus.enable_unsafe_triggers = on")
    await connection.close()


async def _copied(server: str, name: str, template: str) -> None:
    """Create a database on one node from its template, once nobody is connected to that: the background worker of Citus
    comes back seconds after it was ended."""
    connection = await asyncpg.connect(server)
    try:
        for attempt in range(ATTEMPTS):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", template
            )
            try:
                await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            except asyncpg.ObjectInUseError:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.1)
            else:
                return
    finally:
        await connection.close()


async def make_cluster(url: str) -> None:
    """Add the workers to a database of the coordinator, which they have as well."""
    own = urlsplit(normalize_url(url))
    database = own.path
    # Adding a node copies the roles of the server to it, which fails if two do so at once.
    alone = await asyncpg.connect(own._replace(path="/postgres").geturl())
    await alone.execute("SELECT pg_advisory_lock(1)")
    for server in (url, *(f"{worker.rsplit('/', 1)[0]}{database}" for worker in workers())):
        connection = await asyncpg.connect(normalize_url(server))
        await connection.execute("CREATE EXTENSION citus")
        await connection.close()
    connection = await asyncpg.connect(normalize_url(url))
    # Each test copies the files of all shards.
    await connection.execute(f"ALTER DATABASE {database.strip('/')} SET citus.shard_count = {SHARDS}")
    await connection.execute("SELECT citus_set_coordinator_host($1, $2)", own.hostname, own.port)
    for worker in map(urlsplit, workers()):
        await connection.execute("SELECT citus_add_node($1, $2)", worker.hostname, worker.port)
    await connection.close()
    await alone.close()


async def distribute_database(url: str) -> None:
    """Distribute the tables of a database."""

    def ignore(_total: int, _step: Ddl) -> None:
        """Nobody watches."""

    engine = create_write_engine(url, max_connections=1, statement_timeout=0)
    await distribute(engine, ignore)
    await engine.dispose()
