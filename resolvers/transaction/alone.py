"""Runs statements that are transactions of their own, without BEGIN and COMMIT."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from resolvers.callers.caller import Caller
from resolvers.prepared_statement import PreparedStatement, single_statements
from resolvers.rate_limits.flows import flow_of
from resolvers.transaction.context import MutationContext


async def run_alone(
    context: MutationContext, statement: PreparedStatement, parameters: Mapping[str, Any], caller: Caller | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Run one statement that is a transaction of its own, in one round trip, and return its rows. A change must return
    rows (RETURNING). A statement on behalf of a `caller` waits for its turn, and raises QueueFull."""
    async with statements_of(context, caller) as connection:
        return (await statement.execute_on(connection, parameters)).all()


@asynccontextmanager
async def statements_of(context: MutationContext, caller: Caller | None) -> AsyncIterator[AsyncConnection]:
    """A connection on which each statement is a transaction of its own. A `caller` waits for their turn. Raises
    QueueFull."""
    place = nullcontext() if context.places is None or caller is None else context.places.place(flow_of(caller))
    async with place, single_statements(context.engine) as connection:
        yield connection
