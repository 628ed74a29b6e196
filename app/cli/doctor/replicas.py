"""Checks of the read replicas: that they follow the primary, and how far they are behind."""

import asyncio
from typing import Final

import asyncpg

from app.cli.doctor.result import CheckResult, fail, or_ok, warn
from app.database.errors import DATABASE_ERRORS
from app.database.log_text import describe
from app.database.replication.primary import POSITION
from app.database.sessions import Sessions
from app.settings import Settings

SESSION: Final = {
    "application_name": "portico doctor",
    "default_transaction_read_only": "on",
    "statement_timeout": "10000",
}

CHECK_SECONDS: Final = 15.0

LOOK_SECONDS: Final = 0.02
"""The pause between two looks at how far a replica is."""

REPLICA: Final = """
SELECT pg_is_in_recovery() AS is_replica, current_setting('hot_standby_feedback') AS feedback"""

REPLAYED: Final = "SELECT CAST(pg_last_wal_replay_lsn() - CAST('0/0' AS pg_lsn) AS bigint)"


async def check_replicas(settings: Settings) -> list[CheckResult]:
    """The results for each replica of PORTICO_READ_DATABASE_URL."""
    results = []
    for number, url in enumerate(settings.replicas(), 1):
        name = f"read replica {number}"
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                results += await _check(name, url, settings)
        except (TimeoutError, *DATABASE_ERRORS) as error:
            message = f"It can't be used: {describe(error) or type(error).__name__}"
            remedy = (
                "Check PORTICO_READ_DATABASE_URL, and that PostgreSQL runs there. Until then, others are read from."
            )
            results.append(warn(name, message, remedy))
    return results


async def _check(name: str, url: str, settings: Settings) -> list[CheckResult]:
    primary = await Sessions(settings.database(), SESSION).open()
    try:
        replica = await Sessions(url, SESSION).open()
        try:
            return await _compare(name, primary, replica, settings)
        finally:
            replica.terminate()
    finally:
        primary.terminate()


async def _compare(
    name: str, primary: asyncpg.Connection, replica: asyncpg.Connection, settings: Settings
) -> list[CheckResult]:
    row = await replica.fetchrow(REPLICA)
    assert row is not None
    if not row["is_replica"]:
        remedy = "Let PORTICO_READ_DATABASE_URL name streaming replicas of the primary only (docs/replicas.md)."
        return [fail(name, "It isn't a replica: it can be written to, and doesn't follow the primary.", remedy)]
    lag = settings.read_lag.total_seconds()
    behind = not await _replays(replica, await primary.fetchval(POSITION), lag)
    problems = [
        warn(name, f"It is more than {lag:g} s behind, so it isn't used.", "See whether it receives and replays.")
        if behind
        else None,
        warn(name, "hot_standby_feedback is off, so a long query can make it fall behind.", "Turn it on there.")
        if row["feedback"] != "on"
        else None,
    ]
    return or_ok(name, problems, "follows the primary")


async def _replays(replica: asyncpg.Connection, position: int, seconds: float) -> bool:
    """Whether the replica replays the WAL up to the position within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                if (await replica.fetchval(REPLAYED) or 0) >= position:
                    return True
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
