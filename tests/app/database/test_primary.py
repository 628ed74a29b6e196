"""Whether the primary is away, by what becomes of the statements that replication sends it."""

from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from app.database.replication.follower import Follower
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
        [TimeoutError(), TimeoutError(), TimeoutError()],
        # It hangs, and then its machine is restarted.
        [TimeoutError(), OSError("refused")],
    ],
)
async def test_a_primary_that_cannot_be_reached_is_away(errors: list[BaseException]) -> None:
    assert (await primary_after(*errors)).is_away


async def test_a_silent_primary_is_away_until_the_next_answer_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long an answer may take."""
    time = 1000.0
    monkeypatch.setattr("app.database.replication.primary.now", lambda: time)
    primary = Primary(cast("Any", FailingLink(*[TimeoutError()] * 5)), 600, 10)
    found = []
    for _ in range(5):
        time += 10  # seconds until the timeout
        with pytest.raises(TimeoutError):
            await primary.renew(LEASE, "replica", 1, 1)
        time += 3  # and until it is asked again
        found.append(primary.is_away)
    assert found == [False, True, True, True, True]
    time += 15
    assert not primary.is_away


async def test_the_time_in_which_a_statement_waits_for_others_is_not_one_in_which_nobody_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With several replicas, each waits for the statements of the others, which a primary that hangs doesn't answer."""
    time = 1000.0

    class SlowLink:
        async def fetchrow(self, *_: Any) -> None:
            nonlocal time
            time += 30
            raise OSError("refused")

    monkeypatch.setattr("app.database.replication.primary.now", lambda: time)
    primary = Primary(cast("Any", SlowLink()), 600, 10)
    with pytest.raises(OSError, match="refused"):
        await primary.renew(LEASE, "replica", 1, 1)
    assert primary.asked_at == 1020


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


class LeasedReplica:
    lease = LEASE


async def test_no_lease_is_ended_on_one_that_is_away() -> None:
    """Each end of a process, and each start without the primary, would wait for it once for each replica."""
    primary = await primary_after(OSError("refused"))
    primary._link = cast("Any", None)
    await Follower(cast("Any", LeasedReplica()), primary, 1).end()
