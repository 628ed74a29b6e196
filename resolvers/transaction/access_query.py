"""Runs queries about access, whose denials are recorded as those of mutations are."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from models import AuditKind
from resolvers import database_time
from resolvers.callers.caller import Caller
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, unit_of_work

T = TypeVar("T")


async def run_access_query(context: MutationContext, caller: Caller, query: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """Run a read-only `query` in a unit of work and return its result. A denial is recorded as that of a query."""
    async with unit_of_work(context, caller, AuditKind.QUERY_REFUSED) as work:
        start = database_time.clock()
        try:
            return await query(work)
        finally:
            database_time.record(database_time.clock() - start)
