"""Asking all servers on one database to read their policy files again, and hearing what became of it.

`portico policy reload` notifies (NOTIFY) on one channel; each server listens there, reloads, and answers on another.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import end_tasks
from app.database.notifications import DATABASE_UNAVAILABLE_ERRORS, listen, listeners, notify
from app.policy.policy_file import PolicyFile, Reload, ReloadOutcome

log = logging.getLogger("portico.policy")

REQUEST_CHANNEL, ANSWER_CHANNEL = "portico_policy_asked", "portico_policy_answered"
LISTENER = "portico policy"
"""What the connections are called on which servers listen: so many answers are to come."""

RETRY_SECONDS = 5.0
LONGEST_FINDINGS = 6_000
"""Characters of findings in one answer: a notification holds 8,000 bytes."""


@dataclass(frozen=True, slots=True)
class ReloadAnswer:
    """What one server has made of the question."""

    server: str
    outcome: ReloadOutcome
    version: str
    findings: str


class ReloadResponder:
    """Answers those who ask this server to reload; `hear` is told of each question."""

    def __init__(self, engine: AsyncEngine, source: PolicyFile) -> None:
        self._engine = engine
        self._source = source
        self._asked: asyncio.Queue[str] = asyncio.Queue()

    def on_request(self, question: str) -> None:
        """Somebody asks."""
        self._asked.put_nowait(question)

    async def answer(self) -> None:
        """Reload whenever somebody asks for it, and tell them what became of it, until cancelled."""
        while True:
            question = await self._asked.get()
            reload = await self._source.reload()
            try:
                await notify(self._engine, ANSWER_CHANNEL, _answer(question, reload))
            except DATABASE_UNAVAILABLE_ERRORS as error:
                log.warning("Could not tell what became of a reload (%s).", type(error).__name__)


def _answer(question: str, reload: Reload) -> str:
    findings = "\n".join(map(str, reload.findings))
    return json.dumps(
        {
            "question": question,
            "server": f"{socket.gethostname()}, process {os.getpid()}",
            "outcome": reload.outcome.value,
            "version": reload.version,
            "findings": findings.encode("ascii", "backslashreplace").decode()[:LONGEST_FINDINGS],
        }
    )


@asynccontextmanager
async def request_reload(engine: AsyncEngine) -> AsyncIterator[tuple[int, AsyncIterator[ReloadAnswer]]]:
    """Ask all servers to reload: how many listen, and their answers as they come, without end."""
    question = uuid4().hex
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    listening = asyncio.Event()

    async def answers() -> AsyncIterator[ReloadAnswer]:
        while True:
            found = await heard.get()
            if found.pop("question") == question:
                yield ReloadAnswer(
                    found["server"], ReloadOutcome(found["outcome"]), found["version"], found["findings"]
                )

    hear = {ANSWER_CHANNEL: lambda payload: heard.put_nowait(json.loads(payload))}
    ear = asyncio.create_task(listen(engine, hear, RETRY_SECONDS, begun=listening.set))
    try:
        await listening.wait()
        count = await listeners(engine, LISTENER)
        await notify(engine, REQUEST_CHANNEL, question)
        yield count, answers()
    finally:
        await end_tasks([ear])
