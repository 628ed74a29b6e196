"""The mutations of access requests, prepared up to the moment when they run."""

from collections.abc import Awaitable, Callable
from typing import Any

from resolvers.mutations.access_requests.request import NewRequest, request_access
from resolvers.transaction.context import MutationContext
from tests.support.begun.by_caller import ADA, Mutation, of_ada


async def begin_request_access(writing: MutationContext) -> Mutation:
    wish = NewRequest("For the audit", contract_account="ACME East")
    return await of_ada(writing, lambda work: request_access(work, wish), "sue@acme.example")


async def on_request(
    writing: MutationContext, do: Callable[..., Awaitable[Any]], *how: Any, who: str = ADA
) -> Mutation:
    request = await (await begin_request_access(writing))()
    return await of_ada(writing, lambda work: do(work, request, *how), who)
