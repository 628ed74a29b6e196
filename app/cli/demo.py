"""`portico demo`."""

import asyncio
from typing import Annotated

import typer

from app.cli.database import open_database
from app.cli.migrate import upgrade_database
from app.cli.output import count_of
from app.database.hosts import connect
from app.demo import example, large
from app.demo.example_users import PASSWORD
from app.settings import Settings, load

SMALL_BESIDE_LARGE = 10

Organizations = Annotated[
    int | None, typer.Option(min=1, help="Generate a large data set with this many organizations instead.")
]
Large = Annotated[
    bool,
    typer.Option(
        "--large-organization",
        help="Generate one organization of 20,000 users, 25,000 accounts, 500,000 services and 1,000,000 audit events, "
        f"beside --organizations small ones ({SMALL_BESIDE_LARGE} by default). Takes minutes.",
    ),
]
Scale = Annotated[float, typer.Option(min=0.001, max=1, help="The share of that size, for a quick try.")]
Seed = Annotated[int, typer.Option(help="The seed of the large data set: the same seed generates the same data.")]


def demo(
    organizations: Organizations = None, large_organization: Large = False, scale: Scale = 1.0, seed: Seed = 1
) -> None:
    """Load the example data (ACME and PEAR), or generate a large data set. Existing data is kept."""
    if large_organization and organizations is None:
        organizations = SMALL_BESIDE_LARGE
    with open_database(load()) as settings:
        asyncio.run(upgrade_database(settings))
        if organizations is None:
            added = asyncio.run(load_example(settings))
            typer.echo("Loaded the example data." if added else "The example data is already loaded.")
            return
        count = asyncio.run(large.load_with_bar(settings.database(), organizations, seed))
        typer.echo(f"Added {count_of(count, 'organization')}. The users of the first one:")
        _print_viewers(large.viewers(seed))
        if large_organization:
            added = asyncio.run(large.load_large_with_bar(settings.database(), seed, scale))
            state = "Added the large organization." if added else "The large organization is already there."
            typer.echo(f"{state} Its users:")
            _print_viewers(large.viewers(seed, shape=large.large_shape(scale)))
        typer.echo(f"Their password is {PASSWORD}.")


def _print_viewers(viewers: dict[str, str]) -> None:
    width = max(map(len, viewers))
    for email, about in viewers.items():
        typer.echo(f"  {email:{width}}  {about}")


async def load_example(settings: Settings) -> bool:
    """Load the example data unless it is already there. Returns whether it was loaded."""
    connection = await connect(settings.database())
    try:
        return await example.load(connection, settings.key())
    finally:
        await connection.close()
