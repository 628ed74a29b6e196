"""The data set of the pages: a large one, in a database that is kept between runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
from rich.console import Console

import migrations
from app import embedded
from app.database.pools import create_write_engine, normalize_url
from app.demo import large
from app.demo.large_users import Role
from models import new_id
from resolvers.identity.hashing import new_token, token_hash

SEED = 1
ORGANIZATION = 7
VIEWERS = ADMIN, LIMITED = "admin", "limited"
LIFETIME = timedelta(hours=12)


@dataclass(frozen=True)
class Viewer:
    """A viewer of the benchmark, and their session token."""

    name: str
    email: str
    token: str


@contextmanager
def database(database_url: str | None, folder: Path) -> Iterator[str]:
    """Yield the URL of the database: `database_url`, or an embedded one in `folder` that runs while the block does."""
    if database_url:
        folder.mkdir(parents=True, exist_ok=True)
        yield normalize_url(database_url)
        return
    with embedded.running(folder) as url:
        yield url


async def prepare(url: str, organizations: int, console: Console) -> list[Viewer]:
    """Prepare the database at `url`: tables, data, and one session per viewer. Returns the viewers."""
    await _migrate(url)
    if await large.load_with_bar(url, organizations, SEED):
        console.print("The data set is loaded; the next run reuses it.")
    number = min(ORGANIZATION, organizations - 1)
    roles = {ADMIN: Role.ADMIN, LIMITED: Role.LIMITED_ADMIN}
    emails = {name: large.viewer_email(role, SEED, number) for name, role in roles.items()}
    connection = await asyncpg.connect(url)
    try:
        return [await signed_in(connection, name, email) for name, email in emails.items()]
    finally:
        await connection.close()


def environment(url: str, viewers: list[Viewer], folder: Path) -> dict[str, str]:
    """The environment of the servers. They may write to `folder`."""
    return {
        "DATABASE_URL": url,
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_MAIL_WORKER": "false",
        # One viewer sends thousands of requests a second, so their budget must allow it. It is charged all the same.
        "PORTICO_COST_CAPACITY": "1000000000",
        "PORTICO_COST_REFILL": "1000000000",
        "BENCHMARK_TOKENS": json.dumps({viewer.name: viewer.token for viewer in viewers}),
    }


async def migrated_database(url: str, name: str) -> str:
    """The URL of the database `name` on the server of `url`, with all tables. It is created if it doesn't exist."""
    address, _, parameters = normalize_url(url).partition("?")
    database_url = f"{address.rpartition('/')[0]}/{name}" + (f"?{parameters}" if parameters else "")
    server = await asyncpg.connect(normalize_url(url))
    try:
        if await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name) is None:
            await server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await server.close()
    await _migrate(database_url)
    return database_url


async def _migrate(url: str) -> None:
    engine = create_write_engine(url, statement_timeout=0)
    await migrations.upgrade(engine)
    await engine.dispose()


async def signed_in(connection: asyncpg.Connection, name: str, email: str) -> Viewer:
    """The user with this email as a viewer, with a new session in place of any other."""
    user, tenant = await connection.fetchrow("SELECT id, tenant_id FROM users WHERE email = $1", email)
    token = new_token(tenant)
    async with connection.transaction():
        await connection.execute("DELETE FROM sessions WHERE user_id = $1", user)
        await connection.execute(
            "INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, $4, now() + $5)",
            new_id(),
            tenant,
            user,
            token_hash(token),
            LIFETIME,
        )
    return Viewer(name, email, token)
