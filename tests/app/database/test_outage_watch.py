"""When a process writes down what it knows, and when it removes that."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

import pytest

from app.background import run_in_background
from app.database.replication import clock
from app.database.replication.handover import HandoverRefused, Standing
from app.database.replication.handover_file import HandoverFile
from app.database.replication.outage_watch import OutageWatch

ALONE = 600.0
STANDING = Standing("12.5", 4711, UUID(int=1), ())


class FakePrimary:
    def __init__(self) -> None:
        self.reached_at = self.asked_at = float("-inf")


class FakeReplica:
    def __init__(self, standing: Standing | None) -> None:
        self._standing = standing

    def standing(self) -> Standing | None:
        return self._standing


class News(asyncio.Event):
    """News, and whether the watch waits for more."""

    awaited = False

    async def wait(self) -> Literal[True]:
        self.awaited = True
        try:
            return await super().wait()
        finally:
            self.awaited = False


class FakeReplicas:
    """Two replicas, one of which is read from while the primary is away."""

    def __init__(self) -> None:
        self.primary, self.news, self.alone = FakePrimary(), News(), False
        self.all = [FakeReplica(None), FakeReplica(STANDING)]

    def reads_alone(self) -> bool:
        return self.alone

    def reach(self) -> None:
        self.primary.reached_at, self.alone = clock.now(), False
        self.news.set()

    def lose(self, at: float | None = None) -> None:
        self.primary.asked_at, self.alone = clock.now() if at is None else at, True
        self.news.set()


class Watched:
    """A watch that runs."""

    def __init__(self, folder: Path) -> None:
        self.replicas = FakeReplicas()
        self.file = HandoverFile(folder, b"a key", "postgresql://primary", ["postgresql://one", "postgresql://two"])
        self.watch = OutageWatch(cast("Any", self.replicas), self.file, lambda: "a rollback")

    async def settle(self) -> None:
        """Return when the watch has followed all news."""
        async with asyncio.timeout(60):
            while self.replicas.news.is_set() or not self.replicas.news.awaited:
                await asyncio.sleep(0.001)

    async def begin_outage(self) -> None:
        """The primary is reached, and then away."""
        self.replicas.reach()
        await self.settle()
        self.replicas.lose()
        await self.settle()

    def asked_at(self) -> float:
        return self.file.read(ALONE, clock.now()).asked_at


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    watched = Watched(folder)
    async with run_in_background(watched.watch.run()):
        yield watched


async def test_nothing_is_written_while_the_primary_is_there(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        at.replicas.reach()
        await at.settle()
    assert list(tmp_path.iterdir()) == []


async def test_an_outage_is_written_down_and_removed(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        await at.begin_outage()
        found = at.file.read(ALONE, clock.now())
        assert (found.reached_at, found.rollback) == (at.replicas.primary.reached_at, "a rollback")
        assert at.file.standings(found) == [None, STANDING]
        at.replicas.reach()
        await at.settle()
        with pytest.raises(HandoverRefused):
            at.file.read(ALONE, clock.now())


async def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """Changes that are made from now on aren't in it."""
    async with watched(tmp_path) as at:
        at.replicas.reach()
        at.file.path.write_text("left behind")
        await at.settle()
        assert not at.file.path.exists()


async def test_the_file_stays_when_the_process_ends(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        await at.begin_outage()
    assert at.file.path.exists()


async def test_it_is_confirmed_no_more_than_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = clock.now()
    monkeypatch.setattr("app.database.replication.handover_file.now", lambda: begin + 10)
    async with watched(tmp_path) as at:
        await at.begin_outage()
        first = at.asked_at()
        at.replicas.lose(first + 0.5)
        await at.settle()
        assert at.asked_at() == first
        at.replicas.lose(first + 1.5)
        await at.settle()
        assert at.asked_at() == at.replicas.primary.asked_at > first + 1


async def test_nothing_is_written_when_no_replica_is_read_from(tmp_path: Path) -> None:
    async with watched(tmp_path) as at:
        at.replicas.reach()
        await at.settle()
        at.replicas.lose()
        at.replicas.alone = False
        await at.settle()
        assert not at.file.path.exists()


async def test_a_full_disk_is_logged_once_and_the_next_confirmation_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    caplog.set_level(logging.WARNING, "portico.replicas")
    async with watched(tmp_path) as at:
        at.replicas.reach()
        await at.settle()
        with monkeypatch.context() as full:
            full.setattr(Path, "replace", fail)
            for _ in range(3):
                at.replicas.lose()
                await at.settle()
        assert [record.message.partition(" ")[2] for record in caplog.records] == [
            "can't be written (No space left on device): a server that starts while the primary is away won't serve."
        ]
        at.replicas.lose()
        await at.settle()
        assert at.asked_at() == at.replicas.primary.asked_at
