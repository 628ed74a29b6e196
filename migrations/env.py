"""The script that Alembic runs: on the connection of `migrations.upgrade`, or on DATABASE_URL from the command line."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from migrations.distributed import DistributedImpl
from models import Base


def run(connection: Connection) -> None:
    """Run the requested migrations on `connection`, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    if context.config.attributes.get("distributed"):
        migration = context.get_context()
        given = migration.impl
        migration.impl = DistributedImpl(
            given.dialect,
            given.connection,
            given.as_sql,
            given.transactional_ddl,
            given.output_buffer,
            given.context_opts,
        )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    """Run on `DATABASE_URL`, as Alembic's own commands (`alembic revision --autogenerate`) need."""
    engine = create_async_engine(os.environ["DATABASE_URL"], hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


connection = context.config.attributes.get("connection")
if connection is None:
    asyncio.run(run_from_command_line())
else:
    run(connection)
