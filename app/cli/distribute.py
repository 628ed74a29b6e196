"""`portico distribute`."""

import asyncio
from typing import Annotated

import typer

from app.cli.output import count_of, progress_bar
from app.database.pools import create_write_engine
from app.distribution.distribute import distribute as distribute_database
from app.distribution.distribute import pending_steps
from app.distribution.steps import Ddl
from app.settings import Settings, load

Plan = Annotated[bool, typer.Option("--plan", help="Change nothing: print the statements as SQL.")]


def distribute(plan: Plan = False) -> None:
    """Distribute the rows of the database over the workers of Citus, by organization. Safe to repeat, and needed again
    after a migration that adds a table. Stop all servers first."""
    settings = load()
    if settings.database_url is None:
        raise typer.BadParameter("Set DATABASE_URL to the coordinator of Citus. The embedded PostgreSQL has none.")
    if plan:
        for step in asyncio.run(_pending(settings)):
            typer.echo(f"{step.sql};")
        return
    done = asyncio.run(_distribute(settings))
    if not done:
        typer.echo("The database is distributed already.")
        return
    tables = sum(step.description.startswith("Distribute ") for step in done)
    typer.echo(f"Distributed {count_of(tables, 'table')}, in {count_of(len(done), 'statement')}:")
    for step in done:
        typer.echo(f"  {step.description}")


async def _pending(settings: Settings) -> list[Ddl]:
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        async with engine.connect() as connection:
            return list(await pending_steps(connection))
    finally:
        await engine.dispose()


async def _distribute(settings: Settings) -> list[Ddl]:
    engine = create_write_engine(settings.database(), max_connections=1, statement_timeout=0)
    try:
        with progress_bar() as progress:
            bar = progress.add_task("Reading the keys", total=None)

            def on_step(total: int, step: Ddl) -> None:
                progress.update(bar, total=total, advance=1, description=step.description)

            return list(await distribute_database(engine, on_step))
    finally:
        await engine.dispose()
