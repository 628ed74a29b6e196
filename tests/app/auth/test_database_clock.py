"""The database's clock is used where that of the machine is wrong."""

import logging
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.auth import database_clock
from app.auth.database_clock import DatabaseClock
from app.database.pools import create_write_engine


class WrongTime:
    """The module `time` of a machine whose clock is wrong by so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def time(self) -> float:
        return time.time() + self.seconds


@pytest.mark.parametrize(
    ("seconds", "logged"),
    [(3600, r"3[56]\d\d seconds ahead of"), (-3600, r"3[56]\d\d seconds behind"), (2, None), (-2, None), (0, None)],
)
async def test_the_difference_is_measured(
    shared_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    logged: str | None,
) -> None:
    caplog.set_level(logging.WARNING, "portico")
    monkeypatch.setattr(database_clock, "time", WrongTime(seconds))
    clock, engine = DatabaseClock(), create_write_engine(shared_database_url)
    await clock.measure(engine)
    await engine.dispose()
    expected = timedelta(seconds=-seconds) if logged else timedelta()
    assert abs(clock.offset - expected) < timedelta(seconds=2)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=4)
    assert re.search(logged or "", caplog.text)
    assert bool(caplog.records) is (logged is not None)


@pytest.mark.parametrize("jump", [3600, -3600])
async def test_a_clock_that_jumps_makes_no_difference(
    shared_database_url: str, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    machine = WrongTime(0)
    monkeypatch.setattr(database_clock, "time", machine)
    clock, engine = DatabaseClock(), create_write_engine(shared_database_url)
    await clock.measure(engine)
    machine.seconds = jump
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=4)
    await clock.measure(engine)
    await engine.dispose()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=4)
    assert abs(clock.offset + timedelta(seconds=jump)) < timedelta(seconds=4)
