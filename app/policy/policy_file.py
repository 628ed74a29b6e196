"""The policy in force and the file that it comes from: read again when it changes, and taken only when it is sound.

A new version is built, checked and compiled beside the one in force, in threads and a process of its own, while the
server goes on. Then it is swapped whole. A file that is refused leaves the last good one in force; the refusal is
logged, counted, and shown by `/readyz`.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from app.data_folder import policy_check_cache
from app.policy.file_watcher import changes, file_state
from app.settings import Settings
from authz.language.diagnostics import Diagnostic
from authz.policy import Policy, PolicyError, load

log = logging.getLogger("portico.policy")

WATCH_SECONDS = 2.0
"""How often a server looks whether the file has changed."""

OnChange = Callable[[Policy], None]


class ReloadOutcome(StrEnum):
    """What became of a look at the file."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reload:
    """What became of one reading of the file: `version` is that in force afterwards, `findings` why it was refused."""

    outcome: ReloadOutcome
    version: str
    at: datetime
    findings: tuple[Diagnostic, ...] = ()


def policy_of(settings: Settings, file: Path | None = None) -> Policy:
    """The policy in `file`, or else the active one, after all checks. Raises PolicyError, and OSError when the file
    can't be read."""
    return load(file or settings.policy, policy_check_cache(settings.data_dir))


class PolicyFile:
    """Takes the policy from `path` and gives it to `swap`. `policy` is the one in force at the beginning; `stamps` are
    those of `authz.policy.load`."""

    def __init__(self, path: Path, policy: Policy, swap: OnChange, stamps: Path | None = None) -> None:
        self.path = path
        self.policy = policy
        self.taken = self.refused = 0
        self.last_refusal: Reload | None = None
        self._swap = swap
        self._stamps = stamps
        self._one_at_a_time = asyncio.Lock()

    async def reload(self) -> Reload:
        """Read the file, and take it where it is another sound version. What is wrong is in the result, not raised."""
        async with self._one_at_a_time:
            try:
                policy = await asyncio.to_thread(load, self.path, self._stamps)
            except PolicyError as error:
                return self._refuse(error.diagnostics)
            except OSError as error:
                return self._refuse((_about_file(self.path, f"The file can't be read: {error.strerror}."),))
            except Exception as error:
                log.exception("The policy can't be loaded")
                return self._refuse((_about_file(self.path, f"It can't be loaded: {type(error).__name__}."),))
            return self._take(policy)

    def _take(self, policy: Policy) -> Reload:
        outcome = ReloadOutcome.UNCHANGED
        if policy != self.policy:
            former, self.policy = self.policy, policy
            self._swap(policy)
            self.taken += 1
            outcome = ReloadOutcome.TAKEN
            log.info("Policy %s has taken the place of %s", policy.version, former.version)
            log_warnings(policy)
        return Reload(outcome, self.policy.version, datetime.now(UTC))

    def _refuse(self, findings: tuple[Diagnostic, ...]) -> Reload:
        self.refused += 1
        refusal = Reload(ReloadOutcome.REFUSED, self.policy.version, datetime.now(UTC), findings)
        self.last_refusal = refusal
        shown = "\n".join(map(str, findings))
        log.error("A new policy was refused; %s stays in force:\n%s", self.policy.version, shown)
        return refusal

    async def watch(self, every: float = WATCH_SECONDS) -> None:
        """Reload whenever the file has changed and then stayed the same for one look, until cancelled."""
        async for _ in changes(self.path, every, await asyncio.to_thread(file_state, self.path)):
            await self.reload()


def log_warnings(policy: Policy) -> None:
    """Log what the author of `policy`, which comes into force, should know."""
    for warning in policy.warnings:
        log.warning("The policy has a weak spot: %s", warning)


def _about_file(path: Path, reason: str) -> Diagnostic:
    return Diagnostic(path.name, 1, 1, "", reason, "")
