"""The history of the policy in a server: writes down which version is in force, and reads which rollback is in effect.

Neither keeps a server from serving. What can't be written, because the database is away or read-only, is written later.
"""

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import wait_for_event
from app.database.errors import DATABASE_ERRORS
from app.policy.people import server_name
from authz.language.diagnostics import Diagnostic
from authz.policy import Policy, PolicyError, from_text, prohibitions_beside, version_of
from models import ActivationCause
from resolvers.policy_analysis import history
from resolvers.policy_analysis.history import Activation, Rollback, StoredVersion
from resolvers.prepared_statement import single_statements

log = logging.getLogger("portico.policy")

LOOK_SECONDS = 5.0
"""How long a server waits for the database to answer whether a rollback is in effect."""

RETRY_SECONDS = 60.0
MOST_PENDING = 100
"""How many activations may wait for the database. If there are more, the oldest are lost."""


def policy_of(stored: StoredVersion, path: Path, check_cache: Path | None) -> Policy:
    """The policy of the history, after all checks: it must obey the prohibitions beside the policy file `path` today.
    `check_cache` is as in `authz.policy.load`. Raises PolicyError, also if the text is not that of the version."""
    if version_of(stored.text) != stored.version:
        reason = f"The text that the database has is not that of version {stored.version}."
        raise PolicyError([Diagnostic(stored.file, 1, 1, "", reason, "Restore it from a backup.")])
    return from_text(stored.text, stored.file, check_cache, prohibitions_beside(path))


def mark_of(rollback: Rollback | None) -> str:
    """A short text that tells this state of the newest rollback from all others; empty if there never was one."""
    if rollback is None:
        return ""
    state = "in effect" if rollback.in_effect else "ended"
    return f"{rollback.stored.version} of {rollback.at.isoformat()}, {state}"


class PolicyHistory:
    """The history, on the connections of `engine`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._pending: deque[tuple[StoredVersion, Activation]] = deque(maxlen=MOST_PENDING)
        self._wakeup = asyncio.Event()

    async def newest_rollback(self) -> Rollback | None:
        """Returns the newest rollback, in effect or ended. Raises one of `DATABASE_ERRORS`, or
        TimeoutError, which is one of them."""
        async with asyncio.timeout(LOOK_SECONDS), single_statements(self._engine) as connection:
            return await history.newest_rollback(connection)

    def add(self, policy: Policy, cause: ActivationCause, by: str) -> None:
        """Queues a record that `policy` is in force from now on. Returns at once."""
        text, file = policy.source
        stored = StoredVersion(policy.version, file, text)
        activation = Activation(policy.version, datetime.now(UTC), cause, by or "unknown", server_name())
        self._pending.append((stored, activation))
        self._wakeup.set()

    async def run(self) -> None:
        """Writes the queued records, until cancelled."""
        failed = False
        while True:
            await wait_for_event(self._wakeup, RETRY_SECONDS)
            self._wakeup.clear()
            try:
                await self._write()
                failed = False
            except DATABASE_ERRORS as error:
                if not failed:
                    log.warning("The policy's history can't be written (%s): trying again.", type(error).__name__)
                failed = True

    async def _write(self) -> None:
        while self._pending:
            stored, activation = self._pending[0]
            async with single_statements(self._engine) as connection:
                await history.record(connection, stored, activation)
            self._pending.popleft()
