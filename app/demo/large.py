"""Generates the large data set: any number of organizations, the same for the same seed.

Each organization is generated from the seed and its number alone. A few at a time are copied in one transaction, over
one of several connections. Memory doesn't grow with the data set, and an interrupted load leaves whole organizations,
which the next load with the same seed skips.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain

import asyncpg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.database.pools import normalize_url
from app.demo.bulk_copy import copy
from app.demo.example_users import PASSWORD
from app.demo.large_organization import Draft
from app.demo.large_rows import COLUMNS, rows
from app.demo.large_users import FIRST_ADMIN, LIMITED_ADMIN
from resolvers.identity.hashing import hash_password

BATCH = 5
CONNECTIONS = 2

Report = Callable[[int], None]


async def load(url: str, organizations: int, seed: int, report: Report = lambda done: None) -> int:
    """Insert the organizations 0 to `organizations` - 1 of the data set `seed` into the database at `url`.

    `url` begins with postgresql://. `report` is called with the number of organizations of each finished batch. Returns
    how many were inserted; existing ones are skipped. All active users have the demo's password. Raises
    asyncpg.PostgresError if the database rejects rows; finished batches stay.
    """
    starts = iter(range(0, organizations, BATCH))
    password_hash = await hash_password(PASSWORD)
    now = datetime.now(UTC)

    async def work() -> int:
        added = 0
        connection = await asyncpg.connect(normalize_url(url))
        try:
            for start in starts:
                numbers = range(start, min(start + BATCH, organizations))
                added += await _add(connection, [Draft(seed, number, now, password_hash) for number in numbers])
                report(len(numbers))
        finally:
            await connection.close()
        return added

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(CONNECTIONS)]
    await _settle(url)
    return sum(worker.result() for worker in workers)


async def load_with_bar(url: str, organizations: int, seed: int) -> int:
    """`load`, with a progress bar on the terminal."""
    columns = TextColumn("organizations"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns) as progress:
        task = progress.add_task("organizations", total=organizations)
        return await load(url, organizations, seed, lambda done: progress.advance(task, done))


def first_admin(seed: int, number: int = 0) -> str:
    """The email of the user who may do everything in the organization `number`."""
    return f"{FIRST_ADMIN}@{_domain(seed, number)}"


def limited_admin(seed: int, number: int = 0) -> str:
    """The email of an admin of the organization `number` with a list of accounts of each kind."""
    return f"{LIMITED_ADMIN}@{_domain(seed, number)}"


def _domain(seed: int, number: int) -> str:
    return Draft(seed, number, datetime.now(UTC), password_hash="").domain


async def _add(connection: asyncpg.Connection, drafts: list[Draft]) -> int:
    ids = [draft.id for draft in drafts]
    async with connection.transaction():
        existing = {row[0] for row in await connection.fetch("SELECT id FROM organizations WHERE id = ANY($1)", ids)}
        tables = [rows(draft) for draft in drafts if draft.id not in existing]
        for model, columns in COLUMNS.items():
            await copy(connection, model, columns, chain.from_iterable(table[model] for table in tables))
    return len(tables)


async def _settle(url: str) -> None:
    """Update the planner's statistics, and mark the new pages as all-visible, for index-only scans."""
    connection = await asyncpg.connect(normalize_url(url))
    try:
        for model in COLUMNS:
            await connection.execute(f"VACUUM (ANALYZE) {model.__tablename__}")
    finally:
        await connection.close()
