"""`portico demo`."""

import asyncio
from typing import Annotated

import asyncpg
import typer

from app.cli.database import open_database
from app.cli.migrate import upgrade_database
from app.cli.output import count_of
from app.demo import example, large
from app.settings import Settings, load

Organizations = Annotated[
    int | None, typer.Option(min=1, help="Generate a large data set with this many organizations instead.")
]
Seed = Annotated[int, typer.Option(help="The seed of the large data set: the same seed generates the same data.")]


def demo(organizations: Organizations = None, seed: Seed = 1) -> None:
    """Load the example data (ACME and PEAR), or generate a large data set. Existing data is kept."""
    with open_database(load()) as settings:
        asyncio.run(upgrade_database(settings))
        if organizations is None:
            added = asyncio.run(load_example(settings))
            typer.echo("Loaded the example data." if added else "The example data is already loaded.")
        else:
            count = asyncio.run(large.load_with_bar(settings.database(), organizations, seed))
            typer.echo(f"Added {count_of(count, 'organization')}. The first one's admin: {large.first_admin(seed)}")


async def load_example(settings: Settings) -> bool:
    """Load the example data unless it is already there. Returns whether it was loaded."""
    connection = await asyncpg.connect(settings.database())
    try:
        return await example.load(connection, settings.key())
    finally:
        await connection.close()
