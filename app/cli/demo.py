"""`portico demo`."""

import asyncio
from typing import Annotated

import asyncpg
import typer

from app.cli.database import database_of
from app.cli.migrate import upgraded
from app.demo import example, large
from app.settings import Settings, load

Organizations = Annotated[int | None, typer.Option(min=1, help="Make a large world of so many organizations instead.")]
Seed = Annotated[int, typer.Option(help="Which large world: the same seed makes the same one.")]


def demo(organizations: Organizations = None, seed: Seed = 1) -> None:
    """Load the example world of ACME and PEAR, or a large random one; what is there already stays."""
    with database_of(load()) as settings:
        asyncio.run(upgraded(settings))
        if organizations is None:
            added = asyncio.run(example_loaded(settings))
            typer.echo("Loaded the example world." if added else "The example world is there already.")
        else:
            count = asyncio.run(large.load_with_bar(settings.database(), organizations, seed))
            typer.echo(f"Added {count} organizations. The first one's admin: {large.first_admin(seed)}")


async def example_loaded(settings: Settings) -> bool:
    """Load the example world unless it is there; whether it was loaded."""
    connection = await asyncpg.connect(settings.database())
    try:
        return await example.load(connection, settings.key())
    finally:
        await connection.close()
