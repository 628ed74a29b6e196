"""Keeps the handover of this process up to date while it reads without the primary, and removes it afterwards."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from app.database.replication.handover import Handover
from app.database.replication.handover_file import HandoverFile
from app.database.replication.replicas import Replicas

WRITE_SECONDS: Final = 1.0
"""How often the file is written, at most."""

log = logging.getLogger("portico.replicas")


class OutageWatch:
    """Writes what a process needs that takes over into `file`. `rollback` returns the mark of the newest rollback of
    the policy, as far as this process knows (`app.policy.history.mark_of`)."""

    def __init__(self, replicas: Replicas, file: HandoverFile, rollback: Callable[[], str]) -> None:
        self._replicas, self._file, self._rollback = replicas, file, rollback
        self._written_at = float("-inf")
        self._removed = self._failed = False

    async def run(self) -> None:
        """Writes and removes the file, until cancelled. What is asked of the disk happens in order, and not in the
        event loop."""
        while True:
            await self._replicas.news.wait()
            self._replicas.news.clear()
            try:
                await self._follow()
                self._failed = False
            except OSError as error:
                if not self._failed:
                    log.warning(
                        "%s can't be written (%s): a server that starts while the primary is away won't serve.",
                        self._file.path,
                        error.strerror,
                    )
                self._failed = True

    async def _follow(self) -> None:
        primary = self._replicas.primary
        if primary.reached_at > primary.asked_at:
            # What others change from now on isn't in what was written down.
            if not self._removed:
                await asyncio.to_thread(self._file.remove)
            self._removed, self._written_at = True, float("-inf")
        elif self._replicas.reads_alone() and primary.asked_at - self._written_at >= WRITE_SECONDS:
            handover = self._handover()
            self._removed = False
            await asyncio.to_thread(self._file.write, handover)
            self._written_at = handover.asked_at

    def _handover(self) -> Handover:
        primary = self._replicas.primary
        pairs = zip(self._file.keys, self._replicas.all, strict=True)
        standings = {key: replica.standing() for key, replica in pairs}
        return Handover(
            primary.reached_at,
            primary.asked_at,
            self._rollback(),
            {key: standing for key, standing in standings.items() if standing is not None},
        )
