"""Checks of a database that is distributed over several machines by Citus."""

import asyncpg

from app.cli.doctor.result import CheckResult, fail, or_ok, warn
from app.cli.output import count_of
from app.distribution.catalog import PLACES, TABLES
from app.settings import Settings
from models.distribution.places import place_of

HAS_CITUS = "SELECT to_regproc('citus_version') IS NOT NULL"

NODES = """
SELECT count(*) FILTER (WHERE shouldhaveshards AND isactive) AS workers, count(*) FILTER (WHERE NOT isactive) AS away,
       citus_is_coordinator() AS is_coordinator
FROM pg_dist_node
"""


async def check_distribution(connection: asyncpg.Connection, settings: Settings) -> list[CheckResult]:
    """Whether all tables are where they belong, and the settings suit. Nothing to say about a database of one server,
    unless queries are planned as if it were none."""
    name = "distribution"
    placed: dict[str, str] = {}
    if await connection.fetchval(HAS_CITUS):
        placed = {row["table"]: row["column"] for row in await connection.fetch(PLACES)}
    if not placed:
        if settings.generic_plans:
            return []
        message = "PORTICO_GENERIC_PLANS is off, although the database is not distributed: each query is planned anew."
        return [warn(name, message, "Unset it, or run `portico distribute`.")]
    tables = [row["relname"] for row in await connection.fetch(TABLES)]
    missing = [table for table in tables if place_of(table) != placed.get(table)]
    nodes = await connection.fetchrow(NODES)
    assert nodes is not None
    problems = [
        fail(name, "DATABASE_URL leads to a worker of Citus.", "Let it name the coordinator.")
        if not nodes["is_coordinator"]
        else None,
        fail(
            name, f"{count_of(len(missing), 'table')} not in place: {', '.join(missing)}.", "Run `portico distribute`."
        )
        if missing
        else None,
        fail(name, "Citus can't run queries with the plans that PORTICO_GENERIC_PLANS keeps.", "Set it to false.")
        if settings.generic_plans
        else None,
        fail(name, "PORTICO_READ_DATABASE_URL is set: a replica has one node only.", "Unset it.")
        if settings.read_database_url
        else None,
        warn(name, f"{count_of(nodes['away'], 'node')} disabled.", "See `SELECT * FROM pg_dist_node`.")
        if nodes["away"]
        else None,
    ]
    return or_ok(name, problems, f"{count_of(len(placed), 'table')} on {count_of(nodes['workers'], 'worker')}")
