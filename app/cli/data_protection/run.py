"""Runs the mutations of these commands, and finds the organization or the user that a command names."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.database import mutation_context
from app.cli.interruption import run_cancellably
from app.cli.output import progress_bar
from app.cli.policy.database_context import find_one, run_query
from app.database.pools import create_write_engine
from app.settings import Settings
from models import Base
from resolvers.callers.caller import Caller
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

T = TypeVar("T")

Organization = Annotated[str, typer.Argument(help="The organization: its id (org_...) or its exact name.")]

CLI_ADDRESS = "cli"
"""What the audit trail records instead of a network address."""

Report = Callable[[str, int], None]


def find(settings: Settings, model: type[Base], name: str) -> Resource:
    """The row of `model` with this id, name or email. Raises ResourceNotFound if there is none, or more than one."""

    async def query(connection: AsyncConnection) -> Resource:
        return await find_one(connection, [model], name)

    return run_query(settings, query)


def mutate(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """Run `mutation` in one transaction without a limit of time. SIGTERM undoes it."""
    return run_cancellably(run_mutation(settings, mutation))


async def run_mutation(settings: Settings, mutation: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """The same in an event loop that runs already."""
    async with _context(settings) as context:
        return await run_in_transaction(context, Caller(address=CLI_ADDRESS), mutation)


def mutate_each(
    settings: Settings,
    mutations: Sequence[Callable[[UnitOfWork], Awaitable[object]]],
    expected: tuple[type[Exception], ...],
    report: Callable[[int], None],
) -> list[Exception | None]:
    """Run each of the mutations in a transaction of its own. Returns the errors of those that raise an `expected` one,
    in order. `report` is called with the number of those that are done."""

    async def run() -> list[Exception | None]:
        outcomes: list[Exception | None] = []
        async with _context(settings) as context:
            for mutation in mutations:
                try:
                    await run_in_transaction(context, Caller(address=CLI_ADDRESS), mutation)
                except expected as error:
                    outcomes.append(error)
                else:
                    outcomes.append(None)
                report(len(outcomes))
        return outcomes

    return run_cancellably(run(), stopped="what was done until then stays done")


@asynccontextmanager
async def _context(settings: Settings) -> AsyncIterator[MutationContext]:
    engine = create_write_engine(
        settings.database(), max_connections=1, statement_timeout=0, name="portico data protection"
    )
    try:
        yield await mutation_context(settings, engine)
    finally:
        await engine.dispose()


@contextmanager
def table_progress(text: str, tables: int) -> Iterator[Report]:
    """Yield a function that takes the name of a table and the number of its rows that are done, and shows both on
    standard error, with a bar of the tables."""
    with progress_bar(text) as progress:
        task = progress.add_task(text, total=tables)
        yield _reporter(progress, task, text)


def _reporter(progress: Progress, task: object, text: str) -> Report:
    seen: set[str] = set()

    def report(name: str, rows: int) -> None:
        seen.add(name)
        progress.update(task, completed=len(seen), description=f"{text}: {name}, {rows:,} rows")  # type: ignore[arg-type]

    return report
