"""Sends each read to a replica, and what that doesn't answer to the primary.

A replica's answer counts only if it has a row: the session guard of the statement found an open session and the current
version of the user there. Without a row, or after an error, the primary decides. So a replica never refuses
anybody, and one that goes away under load fails no read.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import asyncpg

from app.database.errors import DATABASE_ERRORS, is_statement_timeout
from app.database.read_pool import ReadPool
from app.database.replication.replica import Replica
from app.database.replication.replicas import Replicas
from resolvers.fair_queue import SERVER, Flow
from resolvers.query.response_limit import is_response_too_large

_FAILED = (TimeoutError, *DATABASE_ERRORS)

_Run = Callable[[ReadPool], Awaitable[asyncpg.Record | None]]
"""Runs a read on the sessions of a pool."""


class RoutedPool:
    """Reads from `replicas` if one is up to date, and else from `primary`."""

    def __init__(self, primary: ReadPool, replicas: Replicas) -> None:
        self._primary, self._replicas = primary, replicas

    async def fetchrow(
        self,
        sql: str,
        *arguments: Any,
        flow: Flow = SERVER,
        deadline: float = float("inf"),
        plan_anew: bool = False,
    ) -> asyncpg.Record | None:
        """As `ReadPool.fetchrow`, from wherever the row is up to date."""
        replicas, tried = self._replicas, list[Replica]()
        run = partial(_fetchrow, sql, arguments, flow=flow, deadline=deadline, plan_anew=plan_anew)
        row = await self._from_replicas(run, tried)
        if row is not None:
            return row
        replicas.primary_reads += 1
        try:
            return await run(self._primary)
        except _FAILED as error:
            # What waited for a primary that turned out to be away goes on from a replica.
            row = await self._from_replicas(run, tried) if replicas.goes_on(error) else None
            if row is None:
                raise
            return row

    async def _from_replicas(self, run: _Run, tried: list[Replica]) -> asyncpg.Record | None:
        """The row from a replica that wasn't `tried`, or None. While the primary is away, each is tried."""
        replicas = self._replicas
        replica = replicas.choose(tried)
        while replica is not None:
            replica.reads += 1
            try:
                row = await run(replica.pool)
                if row is not None:
                    return row
            except _FAILED as error:
                if is_statement_timeout(error) or is_response_too_large(error):
                    raise
            replica.retries += 1
            tried.append(replica)
            replica = replicas.choose(tried) if replicas.reads_alone() else None
        return None


async def _fetchrow(
    sql: str, arguments: Sequence[Any], pool: ReadPool, *, flow: Flow, deadline: float, plan_anew: bool
) -> asyncpg.Record | None:
    return await pool.fetchrow(sql, *arguments, flow=flow, deadline=deadline, plan_anew=plan_anew)
