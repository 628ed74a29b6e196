"""The active policy and its file: reloads the file when it changes, and activates it if it is valid. While a rollback
is in effect (`portico policy rollback`), its version is active instead, whatever the file contains.

A new version is parsed, checked and compiled beside the active one, in threads and a process of its own, while the
server keeps running. Then it replaces the active one as a whole. If a file is rejected, the last valid version stays
active; the rejection is logged, counted, and reported by `/readyz`.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from app.background import wait_for_event
from app.data_folder import policy_check_cache
from app.database.errors import DATABASE_ERRORS
from app.database.replication.handover import Takeover
from app.policy.file_watcher import file_state, wait_until_still, watch_file
from app.policy.history import PolicyHistory, policy_of
from app.policy.people import owner_of
from app.settings import Settings
from authz.language.diagnostics import Diagnostic
from authz.policy import Policy, PolicyError, load
from models import ActivationCause
from resolvers.policy_analysis.history import Rollback

log = logging.getLogger("portico.policy")

WATCH_SECONDS = 2.0
"""The interval at which a server checks the file for changes."""

STILL_SECONDS, MOST_STILL_SECONDS = 1.0, 10.0
"""For how long the file must not have changed before it is loaded on request, and how long a request waits for that."""

ROLLBACK_SECONDS = 30.0
"""The interval at which a server looks for a rollback that it has missed."""

OnChange = Callable[[Policy], None]


class ReloadOutcome(StrEnum):
    """The result of reading the file. HELD: a rollback is in effect, so its version is active instead of the file's."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Reload:
    """One reading of the file. `version` is the active one afterwards; `findings` are the reasons for a rejection."""

    outcome: ReloadOutcome
    version: str
    at: datetime
    findings: tuple[Diagnostic, ...] = ()


def load_policy_file(settings: Settings, file: Path | None = None) -> Policy:
    """Returns the policy in `file`, or that of the settings, after all checks. Raises PolicyError, and OSError if the
    file can't be read."""
    return load(file or settings.policy, policy_check_cache(settings.data_dir))


class PolicyFile:
    """Loads the policy from `path` and passes new ones to `on_change`. `policy` is the initial active policy, which
    was loaded from there; `check_cache` is as in `authz.policy.load`. Without a `history`, there are no rollbacks.
    `on_seen` is called after `watch` has noticed a change and read the file."""

    def __init__(
        self,
        path: Path,
        policy: Policy,
        on_change: OnChange,
        check_cache: Path | None = None,
        history: PolicyHistory | None = None,
    ) -> None:
        self.path = path
        self.policy = policy
        self.taken = self.rejected = 0
        self.last_rejection: Reload | None = None
        self.on_seen: Callable[[], None] = _do_nothing
        self._newest_rollback: Rollback | None = None
        self._on_change = on_change
        self._check_cache = check_cache
        self._history = history
        self._lock = asyncio.Lock()
        self._wakeup = asyncio.Event()

    @property
    def rollback(self) -> Rollback | None:
        """The rollback in effect, as far as this process knows."""
        newest = self._newest_rollback
        return newest if newest is not None and newest.in_effect else None

    @property
    def newest_rollback(self) -> Rollback | None:
        """The newest rollback, in effect or ended, as far as this process knows."""
        return self._newest_rollback

    async def start(self, takeover: Takeover | None = None, *, must_know: bool = False) -> None:
        """Activates the version of the rollback in effect, if any: that of `takeover` if this process has taken over
        while the primary is away. Raises PolicyError if this program rejects it; and one of `DATABASE_ERRORS` if the
        database doesn't answer, and the process `must_know`, because it may read without the database later."""
        async with self._lock:
            if takeover is not None:
                self._newest_rollback = takeover.rollback
            elif must_know and self._history is not None:
                self._newest_rollback = await self._history.newest_rollback()
            else:
                self._newest_rollback = await self._find_rollback()
            cause, by = ActivationCause.STARTED, owner_of(self.path)
            if self.rollback is not None:
                cause, by = ActivationCause.ROLLED_BACK, self.rollback.by
                self._activate(await asyncio.to_thread(self._load), cause, by)
            if self._history is not None:
                self._history.add(self.policy, cause, by)

    async def reload(self, by: str | None = None) -> Reload:
        """Reads the file, and activates it if it is a new and valid version; or the version of the rollback in effect.

        `by` says who asked for it; None if the file has changed. Errors are in the result, not raised.
        """
        async with self._lock:
            former = self.rollback
            self._newest_rollback = await self._find_rollback()
            try:
                policy = await asyncio.to_thread(self._load)
            except PolicyError as error:
                return self._reject(error.diagnostics)
            except OSError as error:
                return self._reject((_about_file(self.path, f"The file can't be read: {error.strerror}."),))
            except Exception as error:
                log.exception("The policy can't be loaded")
                return self._reject((_about_file(self.path, f"It can't be loaded: {type(error).__name__}."),))
            return self._activate(policy, *self._cause(former, by))

    async def reload_when_still(self, by: str = "") -> Reload:
        """The same once nobody is writing the file any more, or after a limited time."""
        await wait_until_still(self.path, STILL_SECONDS, MOST_STILL_SECONDS)
        return await self.reload(by)

    async def _find_rollback(self) -> Rollback | None:
        """The newest rollback, in effect or ended; the last one known if the database doesn't answer."""
        if self._history is None:
            return None
        try:
            return await self._history.newest_rollback()
        except DATABASE_ERRORS as error:
            log.warning("Can't tell whether a rollback of the policy is in effect (%s).", type(error).__name__)
            return self._newest_rollback

    def _load(self) -> Policy:
        if self.rollback is None:
            return load(self.path, self._check_cache)
        return policy_of(self.rollback.stored, self.path, self._check_cache)

    def _cause(self, former: Rollback | None, by: str | None) -> tuple[ActivationCause, str]:
        newest = self._newest_rollback
        if self.rollback is not None:
            return ActivationCause.ROLLED_BACK, self.rollback.by
        if former is not None and newest is not None:
            return ActivationCause.ROLLBACK_ENDED, newest.ended_by or ""
        if by is None:
            return ActivationCause.FILE_CHANGED, owner_of(self.path)
        return ActivationCause.RELOADED, by

    def _activate(self, policy: Policy, cause: ActivationCause, by: str) -> Reload:
        outcome = ReloadOutcome.UNCHANGED
        if policy != self.policy:
            former, self.policy = self.policy, policy
            self._on_change(policy)
            self.taken += 1
            outcome = ReloadOutcome.TAKEN
            log.info("Policy %s has replaced %s", policy.version, former.version)
            log_warnings(policy)
            if self._history is not None:
                self._history.add(policy, cause, by)
        findings: tuple[Diagnostic, ...] = ()
        if self.rollback is not None:
            outcome = ReloadOutcome.HELD
            findings = (_about_file(self.path, _held_text(self.rollback)),)
            log.warning("%s", findings[0].reason)
        return Reload(outcome, self.policy.version, datetime.now(UTC), findings)

    def _reject(self, findings: tuple[Diagnostic, ...]) -> Reload:
        self.rejected += 1
        rejection = Reload(ReloadOutcome.REFUSED, self.policy.version, datetime.now(UTC), findings)
        self.last_rejection = rejection
        lines = "\n".join(map(str, findings))
        log.error("A new policy was rejected; %s stays active:\n%s", self.policy.version, lines)
        return rejection

    def wake(self) -> None:
        """Looks for a rollback at once, because a request may have been missed."""
        self._wakeup.set()

    async def follow_rollbacks(self, interval: float = ROLLBACK_SECONDS) -> None:
        """Reloads whenever a rollback begins or ends that no request has announced, until cancelled."""
        while True:
            await wait_for_event(self._wakeup, interval)
            self._wakeup.clear()
            if await self._find_rollback() != self._newest_rollback:
                await self.reload()

    async def watch(self, interval: float = WATCH_SECONDS) -> None:
        """Reloads whenever the file has changed and then stayed the same for one poll, until cancelled."""
        async for _ in watch_file(self.path, interval, await asyncio.to_thread(file_state, self.path)):
            await self.reload()
            self.on_seen()


def _do_nothing() -> None:
    """The default of `PolicyFile.on_seen`."""


def log_warnings(policy: Policy) -> None:
    """Logs the warnings about `policy` when it becomes active."""
    for warning in policy.warnings:
        log.warning("The policy has a warning: %s", warning)


def _about_file(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(path.name, 1, 1, "", reason, "")


def _held_text(rollback: Rollback) -> str:
    return (
        f"The file is not in force: {rollback.by} rolled back to {rollback.stored.version} on "
        f"{rollback.at:%Y-%m-%d %H:%M} UTC. `portico policy rollback --end` goes back to the file."
    )
