"""Records the statements that a test makes the server send: not those of the server's own tasks, which run beside the
test whenever they are due, nor those that set a database session up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import pytest
from asyncpg.connection import Connection

from app.database.read_session import ReadSession
from app.database.sessions import Sessions
from resolvers.query.plan_choice import Choice, PlanChoices


@dataclass
class SentStatements:
    """What was sent by the sessions for reads, and what by asyncpg or SQLAlchemy otherwise."""

    reads: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


_RECORD: ContextVar[SentStatements | None] = ContextVar("sent_statements", default=None)
"""Where a task records what it sends. A task takes it over from the task that makes it, and so from the test."""


@contextmanager
def sent_statements() -> Iterator[SentStatements]:
    """Within the block, what this task sends is recorded."""
    sent = SentStatements()
    token = _RECORD.set(sent)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ReadSession, "fetchrow", _recorded(ReadSession.fetchrow, attrgetter("reads")))
            for name in ("_execute", "_prepare", "execute"):
                patch.setattr(Connection, name, _recorded(getattr(Connection, name), attrgetter("others")))
            patch.setattr(Sessions, "_open", _unrecorded(Sessions._open))
            # A slow machine would find a statement slow, and try another one for the same read.
            patch.setattr(PlanChoices, "choose", lambda *_, **__: Choice(large=False))
            yield sent
    finally:
        _RECORD.reset(token)


def _recorded(call: Callable[..., Any], place: Callable[[SentStatements], list[str]]) -> Callable[..., Any]:
    """Returns `call`, which records the statement that is its first argument, and nothing that it sends for it, such as
    the setting by which the statement is planned."""

    async def record(self: Any, sql: str, *arguments: Any, **options: Any) -> Any:
        sent = _RECORD.get()
        if sent is not None:
            place(sent).append(sql)
        return await _unrecorded(call)(self, sql, *arguments, **options)

    return record


def _unrecorded(call: Callable[..., Any]) -> Callable[..., Any]:
    async def run(*arguments: Any, **options: Any) -> Any:
        token = _RECORD.set(None)
        try:
            return await call(*arguments, **options)
        finally:
            _RECORD.reset(token)

    return run
