"""A server that started while the primary was away outlasts a primary that comes and goes."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from app.cli import opening
from app.cli.opening import prepare_when_back
from app.database.errors import UnsuitableConnection
from app.settings import SettingsError
from tests.support.server import settings_of

GONE = asyncpg.AdminShutdownError("terminating connection due to administrator command")


class Primary:
    """A primary that is `there` or not each time it is asked, and where a start ends with one of `errors` each time."""

    def __init__(self, there: list[bool], errors: list[Exception | None]) -> None:
        self.there, self.errors = there, errors

    async def can_be_written_to(self, _: str) -> bool:
        return self.there.pop(0)

    async def prepare(self, _: Any) -> None:
        if (error := self.errors.pop(0)) is not None:
            raise error


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Primary], None]:
    def prepare(primary: Primary) -> None:
        monkeypatch.setattr(opening, "BACK_SECONDS", 0)
        monkeypatch.setattr(opening, "can_be_written_to", primary.can_be_written_to)
        monkeypatch.setattr(opening, "prepare_primary", primary.prepare)
        asyncio.run(prepare_when_back(settings_of("postgresql://primary", tmp_path)))

    return prepare


def wrapped(error: Exception) -> Exception:
    """The error as SQLAlchemy raises it."""
    outer = DBAPIError("SELECT 1", None, error)
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize("error", [OSError("refused"), TimeoutError(), GONE, wrapped(GONE)], ids=repr)
def test_one_that_went_away_is_waited_for(
    prepare: Callable[[Primary], None], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    primary = Primary([False, True, True, False, True], [error, error, None])
    caplog.set_level(logging.WARNING, "portico")
    prepare(primary)
    assert (primary.there, primary.errors) == ([], [])
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "The primary is back, but could not be checked yet"
    ]


@pytest.mark.parametrize(
    "error", [SettingsError("DATABASE_URL: this PostgreSQL is a read replica"), UnsuitableConnection("different")]
)
def test_what_is_found_during_a_failover_does_not_count(prepare: Callable[[Primary], None], error: Exception) -> None:
    prepare(Primary([True, False, True], [error, None]))


@pytest.mark.parametrize("error", [SettingsError("too many workers"), UnsuitableConnection("different")])
def test_what_would_have_refused_a_start_is_raised(prepare: Callable[[Primary], None], error: Exception) -> None:
    with pytest.raises(type(error)):
        prepare(Primary([True, True], [error]))
