"""Generates the large data set: any number of organizations, or one large one, the same for the same seed.

Each organization is generated from the seed and its number alone. A few at a time are copied in one transaction, over
one of several connections; the large one is one transaction. Memory doesn't grow with the number of organizations, and
an interrupted load leaves whole organizations, which the next load with the same seed skips.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

import asyncpg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.database.hosts import connect
from app.database.pools import normalize_url
from app.demo.bulk_copy import Row, copy, enter_emails
from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import EPOCH, named_key
from app.demo.large_organization import Draft
from app.demo.large_rows import COLUMNS, rows
from app.demo.large_users import ABOUT, Role
from app.demo.organization_shape import LARGE, SMALL, OrganizationShape
from models import PLATFORM, AuditEvent, ContractAccount, DeliveryAccount, Service, User
from resolvers.identity.hashing import hash_password

BATCH = 5
CONNECTIONS = 2
REPORTED_ROWS = 1_000
COUNTED = (ContractAccount, DeliveryAccount, Service, User, AuditEvent)
"""The tables whose rows `OrganizationShape.rows` counts."""
STAFF = (
    "INSERT INTO users (id, tenant_id, staff, email, first_name, last_name, password_hash, activated_at, created_at)"
    " VALUES ($1, $5, true, $2, 'Stella', 'Fjord', $3, $4, $4) ON CONFLICT DO NOTHING"
)

Report = Callable[[int], None]


async def load(url: str, organizations: int, seed: int, report: Report = lambda done: None) -> int:
    """Insert the organizations 0 to `organizations` - 1 of the data set `seed` into the database at `url`, and a staff
    user.

    `url` begins with postgresql://. `report` is called with the number of organizations of each finished batch. Returns
    how many were inserted; existing ones are skipped. All active users have the demo's password. Raises
    asyncpg.PostgresError if the database rejects rows; finished batches stay.
    """
    starts = iter(range(0, organizations, BATCH))
    password_hash = await hash_password(PASSWORD)
    now = datetime.now(UTC)

    async def work() -> int:
        added = 0
        connection = await connect(normalize_url(url))
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
    await _finish(url, seed, password_hash)
    return sum(worker.result() for worker in workers)


async def load_large(url: str, seed: int, scale: float = 1.0, report: Report = lambda done: None) -> bool:
    """Insert the large organization of the data set `seed`, unless it is there. Returns whether it was inserted.

    `scale` is its share of the full size; each size is another organization. `report` is called with numbers of copied
    rows, `large_shape(scale).rows` in all. Otherwise like `load`.
    """
    password_hash = await hash_password(PASSWORD)
    draft = Draft(seed, 0, datetime.now(UTC), password_hash, large_shape(scale))
    connection = await connect(normalize_url(url))
    try:
        added = await _add(connection, [draft], report)
    finally:
        await connection.close()
    await _finish(url, seed, password_hash)
    return bool(added)


def large_shape(scale: float) -> OrganizationShape:
    """The shape of the large organization at a share of its size."""
    return LARGE if scale == 1 else LARGE.scaled(scale)


async def load_with_bar(url: str, organizations: int, seed: int) -> int:
    """`load`, with a progress bar on the terminal."""
    with _progress("organizations") as progress:
        task = progress.add_task("", total=organizations)
        return await load(url, organizations, seed, lambda done: progress.advance(task, done))


async def load_large_with_bar(url: str, seed: int, scale: float = 1.0) -> bool:
    """`load_large`, with a progress bar on the terminal."""
    with _progress("rows of the large organization") as progress:
        task = progress.add_task("", total=large_shape(scale).rows)
        return await load_large(url, seed, scale, lambda done: progress.advance(task, done))


def viewer_email(role: Role, seed: int, number: int = 0, shape: OrganizationShape = SMALL) -> str:
    """The email of the user with this role in the organization `number`, or in the one of another shape."""
    domain = Draft(seed, number, datetime.now(UTC), password_hash="", shape=shape).domain
    return f"{role}@{domain}"


def staff_email(seed: int) -> str:
    """The email of the staff user of the data set."""
    return f"staff@portico-{seed}.example"


def viewers(seed: int, number: int = 0, shape: OrganizationShape = SMALL) -> dict[str, str]:
    """Who can sign in to an organization, and what they may do, by email: one of each role, and the staff user."""
    members = {viewer_email(role, seed, number, shape): about for role, about in ABOUT.items()}
    return members | {staff_email(seed): "staff"}


def _progress(unit: str) -> Progress:
    columns = TextColumn(unit), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    return Progress(*columns)


async def _add(connection: asyncpg.Connection, drafts: list[Draft], report: Report | None = None) -> int:
    ids = [draft.id for draft in drafts]
    async with connection.transaction():
        existing = {row[0] for row in await connection.fetch("SELECT id FROM organizations WHERE id = ANY($1)", ids)}
        tables = [rows(draft) for draft in drafts if draft.id not in existing]
        for model, columns in COLUMNS.items():
            data: Iterable[Row] = chain.from_iterable(table[model] for table in tables)
            if report is not None and model in COUNTED:
                data = _reported(data, report)
            await copy(connection, model, columns, data)
        await enter_emails(connection)
    return len(tables)


def _reported(data: Iterable[Row], report: Report) -> Iterator[Row]:
    count = 0
    for count, row in enumerate(data, 1):
        if count % REPORTED_ROWS == 0:
            report(REPORTED_ROWS)
        yield row
    report(count % REPORTED_ROWS)


async def _finish(url: str, seed: int, password_hash: str) -> None:
    """Add the staff user, update the planner's statistics, and mark the new pages as all-visible, for index-only
    scans."""
    connection = await connect(normalize_url(url))
    try:
        email = staff_email(seed)
        await connection.execute(STAFF, named_key(email), email, password_hash, EPOCH, PLATFORM)
        for model in COLUMNS:
            await connection.execute(f"VACUUM (ANALYZE) {model.__tablename__}")
    finally:
        await connection.close()
