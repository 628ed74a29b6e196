"""What Alembic runs: on the connection of `migrations.upgrade`, or with DATABASE_URL on its own command line."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from models import Base


def run(connection: Connection) -> None:
    """Run the wanted migrations on `connection`; its caller owns the transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    """Run with `DATABASE_URL`, which Alembic's own commands (`alembic revision --autogenerate`) need."""
    engine = create_async_engine(os.environ["DATABASE_URL"])
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_from_command_line())
else:
    run(given)
