"""Whether the primary is away, by what becomes of the statements that replication sends it."""

from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from app.database.replication.primary import Primary

LEASE = UUID(int=1)


class FailingLink:
    """A link whose statements end with these errors."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors = list(errors)

    async def fetchrow(self, *_: Any) -> None:
        raise self._errors.pop(0)


async def primary_after(*errors: BaseException) -> Primary:
    primary = Primary(cast("Any", FailingLink(*errors)), 600)
    for error in errors:
        with pytest.raises(type(error)):
            await primary.renew(LEASE, "replica", 1, 1)
    return primary


@pytest.mark.parametrize(
    "errors",
    [
        [OSError("refused")],
        [asyncpg.CannotConnectNowError("starting")],
        [asyncpg.ConnectionDoesNotExistError("closed")],
        [TimeoutError(), TimeoutError()],
    ],
)
async def test_a_primary_that_cannot_be_reached_is_away(errors: list[BaseException]) -> None:
    assert (await primary_after(*errors)).is_away


@pytest.mark.parametrize(
    "errors",
    [
        [TimeoutError()],
        [asyncpg.InsufficientPrivilegeError("no right to write leases")],
        [asyncpg.UndefinedTableError("no table of leases")],
        [asyncpg.QueryCanceledError("too slow"), asyncpg.QueryCanceledError("too slow")],
    ],
)
async def test_a_primary_that_refuses_a_statement_is_there(errors: list[BaseException]) -> None:
    """Otherwise, every change would be refused because one statement of replication fails."""
    assert not (await primary_after(*errors)).is_away
