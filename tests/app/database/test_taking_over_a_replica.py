"""From which replicas a process reads that has taken over what another one knew of them."""

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from app.database.replication import clock
from app.database.replication.handover import Standing
from app.database.replication.primary import Primary
from app.database.replication.replica import Replica, ReplicaState, Status
from app.database.replication.replicas import ReplicaLimits, Replicas

LEASE, INSTANCE, POSITION = UUID(int=1), "12.5", 4711
STANDING = Standing(INSTANCE, POSITION, LEASE, (7, 8))
SESSION = cast("Any", object())
STATUS = Status(is_replica=True, instance=INSTANCE, replayed=POSITION, mark=None, session=SESSION)


class FakeLink:
    """A link on which the lease is noted that a replica is asked about."""

    session = SESSION

    def __init__(self) -> None:
        self.asked: list[UUID] = []

    async def fetchrow(self, _: str, lease: UUID) -> dict[str, Any]:
        self.asked.append(lease)
        return {"is_replica": True, "instance": INSTANCE, "replayed": POSITION, "mark": None}


def made() -> Replica:
    return Replica("a replica", cast("Any", FakeLink()), cast("Any", None), lambda _: cast("Any", None))


@pytest.fixture
def reached_at() -> float:
    """When the former process reached the primary last."""
    return clock.now() - 60


@pytest.fixture
def replica(reached_at: float) -> Replica:
    replica = made()
    replica.take_over(STANDING, reached_at)
    return replica


@pytest.mark.parametrize(
    "status",
    [
        STATUS,
        replace(STATUS, replayed=POSITION + 1),
        # Started anew since, and recognized by a mark of the former process.
        replace(STATUS, instance="99.9", mark=7),
    ],
)
def test_one_that_has_what_was_read_from_it(replica: Replica, reached_at: float, status: Status) -> None:
    assert not replica.is_proven()
    assert not replica.is_alone()
    replica.stand_alone(status, 1, reached_at)
    assert replica.is_alone()
    assert replica.state is ReplicaState.ALONE


@pytest.mark.parametrize(
    "status",
    [
        replace(STATUS, replayed=POSITION - 1),
        replace(STATUS, instance="99.9"),
        replace(STATUS, instance="99.9", mark=9),
        replace(STATUS, is_replica=False),
    ],
)
def test_one_that_is_older_or_another_one(replica: Replica, reached_at: float, status: Status) -> None:
    replica.stand_alone(status, 1, reached_at)
    assert not replica.is_alone()
    assert replica.state is ReplicaState.UNKNOWN


def test_one_that_the_former_process_did_not_read_from(reached_at: float) -> None:
    replica = made()
    replica.stand_alone(STATUS, 1, reached_at)
    assert not replica.is_alone()


def test_one_when_the_primary_was_reached_again_since(replica: Replica) -> None:
    """What others have changed then, it may not have."""
    replica.stand_alone(STATUS, 1, clock.now())
    assert not replica.is_alone()


def test_it_must_never_become_older(replica: Replica, reached_at: float) -> None:
    replica.stand_alone(replace(STATUS, replayed=POSITION + 100), 1, reached_at)
    replica.stand_alone(replace(STATUS, replayed=POSITION + 99), 1, reached_at)
    assert not replica.is_alone()


@pytest.mark.parametrize("session", [None, object()])
def test_it_ends_with_the_session_through_which_it_responded(
    replica: Replica, reached_at: float, session: object
) -> None:
    """It may have been started anew, and be older than before until it has replayed again what it has received."""
    replica.stand_alone(STATUS, 60, reached_at)
    cast("Any", replica.link).session = session
    assert not replica.is_alone()


def test_it_ends_when_the_primary_is_reached(replica: Replica, reached_at: float) -> None:
    """Also if that is gone again before the replica is looked at."""
    replica.stand_alone(STATUS, 60, reached_at)
    replicas = Replicas(Primary(cast("Any", None), 600), [replica], ReplicaLimits(1, 600))
    replicas.primary.on_reached()
    assert not replica.is_alone()


def test_what_it_passes_on(replica: Replica, reached_at: float) -> None:
    assert replica.standing() is None
    replica.stand_alone(replace(STATUS, instance="99.9", mark=7, replayed=POSITION + 100), 1, reached_at)
    assert replica.standing() == Standing("99.9", POSITION + 100, LEASE, (7, 8))


async def test_it_is_recognized_by_the_lease_of_the_former_process(replica: Replica) -> None:
    await replica.status()
    assert cast("FakeLink", replica.link).asked == [LEASE]
