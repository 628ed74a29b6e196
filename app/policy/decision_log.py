"""The decision log: writes the policy's decisions to a file, if an operator has asked for it.

A request only puts what was decided into a queue. A thread turns it into lines and writes them, so neither the policy
nor the disk makes a request wait: if the queue is full, decisions are dropped, counted, and the count is written.
"""

import asyncio
import logging
import os
import queue
import random
import stat
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from app.http import request_id
from app.policy.decision_lines import IdText, Occasion, hashed_ids, lines_of
from app.settings import Settings, SettingsError
from authz.actor import Actor
from authz.policy import Policy
from authz.recording import Check, DecisionListener, DecisionRequest
from resolvers import public_id

log = logging.getLogger("portico.policy")

MOST_WAITING = 10_000
"""How many statements and transactions may wait to be written."""

BATCH = 500
CLOSE_SECONDS = 5.0
WARN_SECONDS = 60.0


class DecisionLog:
    """Appends decisions to `file`. `share` of the statements and transactions are written, chosen at random."""

    def __init__(self, file: Path, id_text: IdText, share: float = 1.0) -> None:
        self._file = file
        self._id_text = id_text
        self._share = share
        self._queue: queue.Queue[Occasion | None] = queue.Queue(MOST_WAITING)
        self._dropped = 0
        self._ends_within_line = False
        self._next_warning = 0.0
        self._descriptor = _open(file)
        self._thread = threading.Thread(target=self._run, name="decision log", daemon=True)
        self._thread.start()

    def on_decision(
        self, actor: Actor, policy: Policy, requests: frozenset[DecisionRequest], checks: Sequence[Check]
    ) -> None:
        """Queues decisions that were made together, or drops them if the queue is full."""
        if self._share < 1 and random.random() >= self._share:  # noqa: S311
            return
        try:
            self._queue.put_nowait(Occasion(time.time(), request_id.current(), actor, policy, requests, tuple(checks)))
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Writes the queued decisions, for a limited time, and stops."""
        with suppress(queue.Full):
            self._queue.put(None, timeout=CLOSE_SECONDS)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch = [self._queue.get()]
            with suppress(queue.Empty):
                while len(batch) < BATCH:
                    batch.append(self._queue.get_nowait())
            going_on = batch[-1] is not None
            occasions = [occasion for occasion in batch if occasion is not None]
            try:
                self._write(occasions)
            except Exception as error:  # noqa: BLE001
                self._dropped += len(occasions)
                self._warn(f"The decision log can't be written: {error}")
        os.close(self._descriptor)

    def _write(self, occasions: Sequence[Occasion]) -> None:
        self._reopen_if_moved()
        lines = [line for occasion in occasions for line in lines_of(occasion, self._id_text)]
        dropped = self._dropped
        if dropped:
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines.append(f'{{"at":"{now}","dropped":{dropped}}}\n')
            self._warn(f"The decision log has dropped the decisions of {dropped:,} statements.")
        # A line that a full disk has cut off must not swallow the next one.
        content = ("\n" * self._ends_within_line + "".join(lines)).encode()
        while content:
            written = os.write(self._descriptor, content)
            self._ends_within_line = content[written - 1 : written] != b"\n"
            content = content[written:]
        self._dropped -= dropped

    def _reopen_if_moved(self) -> None:
        """Follows a log rotation that has renamed the file."""
        opened = os.fstat(self._descriptor)
        try:
            found = self._file.stat()
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (opened.st_dev, opened.st_ino):
            descriptor = _open(self._file)
            os.close(self._descriptor)
            self._descriptor = descriptor

    def _warn(self, message: str) -> None:
        now = time.monotonic()
        if now >= self._next_warning:
            self._next_warning = now + WARN_SECONDS
            log.warning("%s", message)


def _open(file: Path) -> int:
    """Opens the file to append to it; a new one is closed to other users. Raises SettingsError if it can't be used."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(file, flags, 0o600)
    except OSError as error:
        raise SettingsError(f"PORTICO_DECISION_LOG: {file} can't be opened: {error.strerror}") from error
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077:
        return descriptor
    os.close(descriptor)
    raise SettingsError(f"PORTICO_DECISION_LOG: {file} must be a file that only its owner can access (chmod 600)")


def check_file(settings: Settings) -> None:
    """Raises SettingsError if the settings name a decision log and its file can't be used."""
    if settings.decision_log is not None:
        os.close(_open(settings.decision_log))


@asynccontextmanager
async def logged_decisions(settings: Settings, listener: DecisionListener) -> AsyncIterator[None]:
    """A block in which the decisions that `listener` hears of are written, if the settings name a file."""
    if settings.decision_log is None:
        yield
        return
    id_text = public_id.encode if settings.decision_log_ids == "plain" else hashed_ids(settings.key())
    decision_log = DecisionLog(settings.decision_log, id_text, settings.decision_log_share)
    listener.log = decision_log.on_decision
    try:
        yield
    finally:
        listener.log = None
        await asyncio.to_thread(decision_log.close)
