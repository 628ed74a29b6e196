"""Requests that all servers on a database reload their policy files, and collects their answers.

`portico policy reload` notifies (NOTIFY) on one channel; each server listens there, reloads, and answers on another.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import end_tasks
from app.database.errors import DATABASE_ERRORS
from app.database.notifications import count_listeners, listen, notify
from app.policy.people import server_name
from app.policy.policy_file import PolicyFile, Reload, ReloadOutcome
from resolvers.policy_analysis.history import MAX_NAME

log = logging.getLogger("portico.policy")

REQUEST_CHANNEL, ANSWER_CHANNEL = "portico_policy_asked", "portico_policy_answered"
LISTENER = "portico policy"
"""The name of the connections on which servers listen. Their number is the number of answers to expect."""

RETRY_SECONDS = 5.0
MAX_FINDINGS_LENGTH = 6_000
"""Characters of findings in one answer: a notification has at most 8,000 bytes."""


@dataclass(frozen=True, slots=True)
class ReloadAnswer:
    """The result of the reload on one server."""

    server: str
    outcome: ReloadOutcome
    version: str
    findings: str


class ReloadResponder:
    """Reloads the policy file on request and answers. `on_request` receives the requests: an id, a space, and the
    name of the person who made it."""

    def __init__(self, engine: AsyncEngine, policy_file: PolicyFile) -> None:
        self._engine = engine
        self._policy_file = policy_file
        self._requests: asyncio.Queue[str] = asyncio.Queue()

    def on_request(self, request: str) -> None:
        """Queues a request."""
        self._requests.put_nowait(request)

    async def run(self) -> None:
        """Reloads for each request, and answers with the result, until cancelled."""
        while True:
            request_id, _, by = (await self._requests.get()).partition(" ")
            reload = await self._policy_file.reload_when_still(by)
            try:
                await notify(self._engine, ANSWER_CHANNEL, _answer(request_id, reload))
            except DATABASE_ERRORS as error:
                log.warning("Could not answer a reload request (%s).", type(error).__name__)


def _answer(request_id: str, reload: Reload) -> str:
    findings = "\n".join(map(str, reload.findings))
    return json.dumps(
        {
            "question": request_id,
            "server": server_name(),
            "outcome": reload.outcome.value,
            "version": reload.version,
            "findings": findings.encode("ascii", "backslashreplace").decode()[:MAX_FINDINGS_LENGTH],
        }
    )


@asynccontextmanager
async def request_reload(engine: AsyncEngine, by: str = "") -> AsyncIterator[tuple[int, AsyncIterator[ReloadAnswer]]]:
    """Requests a reload from all servers on behalf of `by`. Yields how many listen, and their answers as they arrive,
    without end."""
    request_id = uuid4().hex
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    listening = asyncio.Event()

    async def answers() -> AsyncIterator[ReloadAnswer]:
        while True:
            answer = await received.get()
            if answer.pop("question") == request_id:
                yield ReloadAnswer(
                    answer["server"], ReloadOutcome(answer["outcome"]), answer["version"], answer["findings"]
                )

    handlers = {ANSWER_CHANNEL: lambda payload: received.put_nowait(json.loads(payload))}
    listener = asyncio.create_task(listen(engine, handlers, RETRY_SECONDS, on_listening=listening.set))
    try:
        await listening.wait()
        count = await count_listeners(engine, LISTENER)
        await notify(engine, REQUEST_CHANNEL, f"{request_id} {by[:MAX_NAME]}")
        yield count, answers()
    finally:
        await end_tasks([listener])
