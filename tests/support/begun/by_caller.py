"""A mutation that is prepared up to the moment when it runs, by whom it is."""

from collections.abc import Awaitable, Callable
from typing import Any

from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import caller

Mutation = Callable[[], Awaitable[Any]]
ADA, PAT, ROB = "ada@acme.example", "pat@acme.example", "rob@acme.example"


async def of_ada(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]], who: str = ADA) -> Mutation:
    actor = await caller(writing, who)
    return lambda: run_in_transaction(writing, actor, work)


async def of_staff(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Mutation:
    return await of_ada(writing, work, "staff@portico.example")
