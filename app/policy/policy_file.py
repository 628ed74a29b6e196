"""The active policy and its file: reloads the file when it changes, and activates it if it is valid.

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

from app.data_folder import policy_check_cache
from app.policy.file_watcher import file_state, wait_until_still, watch_file
from app.settings import Settings
from authz.language.diagnostics import Diagnostic
from authz.policy import Policy, PolicyError, load

log = logging.getLogger("portico.policy")

WATCH_SECONDS = 2.0
"""The interval at which a server checks the file for changes."""

STILL_SECONDS, MOST_STILL_SECONDS = 1.0, 10.0
"""For how long the file must not have changed before it is loaded on request, and how long a request waits for that."""

OnChange = Callable[[Policy], None]


class ReloadOutcome(StrEnum):
    """The result of reading the file."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


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
    """Loads the policy from `path` and passes new ones to `on_change`. `policy` is the initial active policy;
    `check_cache` is as in `authz.policy.load`."""

    def __init__(self, path: Path, policy: Policy, on_change: OnChange, check_cache: Path | None = None) -> None:
        self.path = path
        self.policy = policy
        self.taken = self.rejected = 0
        self.last_rejection: Reload | None = None
        self._on_change = on_change
        self._check_cache = check_cache
        self._lock = asyncio.Lock()

    async def reload(self) -> Reload:
        """Reads the file, and activates it if it is a new and valid version. Errors are in the result, not raised."""
        async with self._lock:
            try:
                policy = await asyncio.to_thread(load, self.path, self._check_cache)
            except PolicyError as error:
                return self._reject(error.diagnostics)
            except OSError as error:
                return self._reject((_about_file(self.path, f"The file can't be read: {error.strerror}."),))
            except Exception as error:
                log.exception("The policy can't be loaded")
                return self._reject((_about_file(self.path, f"It can't be loaded: {type(error).__name__}."),))
            return self._activate(policy)

    async def reload_when_still(self) -> Reload:
        """The same once nobody is writing the file any more, or after a limited time."""
        await wait_until_still(self.path, STILL_SECONDS, MOST_STILL_SECONDS)
        return await self.reload()

    def _activate(self, policy: Policy) -> Reload:
        outcome = ReloadOutcome.UNCHANGED
        if policy != self.policy:
            former, self.policy = self.policy, policy
            self._on_change(policy)
            self.taken += 1
            outcome = ReloadOutcome.TAKEN
            log.info("Policy %s has replaced %s", policy.version, former.version)
            log_warnings(policy)
        return Reload(outcome, self.policy.version, datetime.now(UTC))

    def _reject(self, findings: tuple[Diagnostic, ...]) -> Reload:
        self.rejected += 1
        rejection = Reload(ReloadOutcome.REFUSED, self.policy.version, datetime.now(UTC), findings)
        self.last_rejection = rejection
        lines = "\n".join(map(str, findings))
        log.error("A new policy was rejected; %s stays active:\n%s", self.policy.version, lines)
        return rejection

    async def watch(self, interval: float = WATCH_SECONDS) -> None:
        """Reloads whenever the file has changed and then stayed the same for one poll, until cancelled."""
        async for _ in watch_file(self.path, interval, await asyncio.to_thread(file_state, self.path)):
            await self.reload()


def log_warnings(policy: Policy) -> None:
    """Logs the warnings about `policy` when it becomes active."""
    for warning in policy.warnings:
        log.warning("The policy has a warning: %s", warning)


def _about_file(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(path.name, 1, 1, "", reason, "")
