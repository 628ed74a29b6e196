"""Which answers of a replica count, and which errors are worth another try."""

from collections.abc import Sequence
from typing import Any, cast

import asyncpg
import pytest
from asyncpg.exceptions import InterfaceError, PostgresError

from app.database.read_pool import ReadPool
from app.database.replication.replica import Replica
from app.database.replication.replicas import Replicas
from app.database.replication.routed_pool import RoutedPool
from resolvers.errors import TimedOut
from resolvers.fair_queue import QueueFull
from resolvers.query.response_limit import SQLSTATE


class Too(PostgresError):
    """The error of a response that is too large."""

    sqlstate = SQLSTATE


class FakePool:
    """A pool that answers with a row, or fails."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls, self.used = answer, 0, 0

    async def fetchrow(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeReplica:
    """A replica with such a pool."""

    def __init__(self, answer: Any, *, proven: bool = True, alone: bool = False) -> None:
        self.pool, self.proven, self.alone = FakePool(answer), proven, alone
        self.reads = self.retries = 0

    def is_proven(self) -> bool:
        return self.proven

    def is_alone(self) -> bool:
        return self.alone


class FakePrimary:
    """A primary that is there, or away."""

    def __init__(self, *, away: bool = False) -> None:
        self.is_away = self.may_be_away = away


class Routed:
    """A routed pool on these replicas and a primary with this answer."""

    def __init__(self, answer: Any, replicas: Sequence[FakeReplica], *, away: bool = False) -> None:
        self.primary = FakePool(answer)
        all_ = Replicas(cast("Any", FakePrimary(away=away)), cast("list[Replica]", replicas), cast("Any", None))
        self._pool = RoutedPool(cast("ReadPool", self.primary), all_)

    async def read(self) -> Any:
        return await self._pool.fetchrow("SELECT")


async def test_the_row_of_a_replica_is_the_answer() -> None:
    replica = FakeReplica("row")
    pool = Routed("other", [replica])
    assert await pool.read() == "row"
    assert (pool.primary.calls, replica.retries) == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        asyncpg.SerializationError("canceling statement due to conflict with recovery"),
        asyncpg.UndefinedColumnError("the replica is a migration behind"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        InterfaceError("connection is closed"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
async def test_what_a_replica_does_not_answer_the_primary_decides(answer: Any) -> None:
    replica = FakeReplica(answer)
    pool = Routed("row", [replica])
    assert await pool.read() == "row"
    assert (replica.pool.calls, pool.primary.calls, replica.retries) == (1, 1, 1)


@pytest.mark.parametrize(
    "error", [TimedOut(), QueueFull(), asyncpg.QueryCanceledError("statement timeout"), Too("too large")]
)
async def test_what_would_fail_on_the_primary_too_is_not_tried_again(error: Exception) -> None:
    pool = Routed("row", [FakeReplica(error), FakeReplica("row", proven=False)])
    with pytest.raises(type(error)):
        await pool.read()
    assert pool.primary.calls == 0


async def test_reads_are_spread_and_follow_the_load() -> None:
    replicas = [FakeReplica("row"), FakeReplica("row"), FakeReplica("row", proven=False)]
    pool = Routed("row", replicas)
    for _ in range(10):
        await pool.read()
    assert [replica.reads for replica in replicas] == [5, 5, 0]
    replicas[0].pool.used = 3
    for _ in range(10):
        await pool.read()
    assert [replica.reads for replica in replicas] == [5, 15, 0]


async def test_a_failed_read_goes_to_one_other_server_only() -> None:
    replicas = [FakeReplica(ConnectionResetError()), FakeReplica(ConnectionResetError())]
    pool = Routed(ConnectionRefusedError(), replicas)
    with pytest.raises(ConnectionRefusedError):
        await pool.read()
    assert sum(replica.reads for replica in replicas) == 1


async def test_without_the_primary_all_replicas_are_tried() -> None:
    replicas = [FakeReplica(ConnectionResetError(), proven=False, alone=True) for _ in range(2)]
    replicas.append(FakeReplica("row", proven=False, alone=True))
    pool = Routed("row", replicas, away=True)
    assert await pool.read() == "row"
    assert pool.primary.calls == 0
