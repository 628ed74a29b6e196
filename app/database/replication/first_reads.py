"""The short reads that a query needs before its own statement, such as that of its caller."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.replication.replicas import Replicas
from resolvers.prepared_statement import single_statements

T = TypeVar("T")


class FirstReads:
    """Reads from the primary by `engine`. While that is away, reads from a replica instead if reads may go on.

    The primary is always asked first: what it says of a session is current, and it is asked seldom. What a replica
    doesn't know, only the primary can deny.
    """

    def __init__(self, engine: AsyncEngine, replicas: Replicas | None) -> None:
        self._engine, self._replicas = engine, replicas

    async def run(self, read: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Returns the result of `read`, which gets a connection on which each statement is a transaction of its own,
        and returns None for what it doesn't find. Raises the errors of the database."""
        replicas = self._replicas
        if replicas is None or not replicas.reads_alone():
            try:
                async with single_statements(self._engine) as connection:
                    return await read(connection)
            except Exception as error:
                if replicas is None or not replicas.goes_on(error):
                    raise
        replica = replicas.choose()
        if replica is None:
            raise ConnectionError("neither the primary nor a replica can be read from")
        async with single_statements(replica.engine) as connection:
            found = await read(connection)
        if found is None:
            raise ConnectionError("the primary can't be asked for what a replica doesn't have")
        return found
