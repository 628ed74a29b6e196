"""Keeps a lease on one replica while that is up to date, and takes it out while it isn't."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from app.database.errors import DATABASE_ERRORS
from app.database.replication.clock import now
from app.database.replication.primary import Primary
from app.database.replication.replica import Replica, ReplicaState, Status

LOOKS_PER_LEASE: Final = 3
"""How often a lease is renewed before it ends."""

PROOFS_TO_RETURN: Final = 3
"""How often, one after the other, a replica that was left out must be up to date before it is used again. It must then
catch up in half of the time that it has while it is used, so that it doesn't come and go."""

ERRORS: Final = (TimeoutError, *DATABASE_ERRORS)

MARK_BITS: Final = 62

log = logging.getLogger("portico.replicas")


class Follower:
    """Follows `replica`, which may be `lag` seconds behind `primary`. `on_alone` is called whenever the replica may be
    read from without the primary."""

    def __init__(
        self, replica: Replica, primary: Primary, lag: float, on_alone: Callable[[], None] = lambda: None
    ) -> None:
        self._replica, self._primary, self._lag, self._on_alone = replica, primary, lag, on_alone
        self._proofs = 0
        self._needed = 1
        self._cleaned = False

    async def run(self) -> None:
        """Looks at the replica again and again, until cancelled."""
        pause = self._lag / LOOKS_PER_LEASE
        while True:
            begin = now()
            if not await self._try_to_look():
                await asyncio.sleep(max(pause - (now() - begin), pause / 10))

    async def _try_to_look(self) -> bool:
        try:
            return await self._look()
        except Exception as error:
            log.exception("The read replica %s could not be looked at.", self._replica.name)
            self._miss()
            self._replica.lose(error)
            return False

    async def _look(self) -> bool:
        """Looks once. Returns whether the next look shall follow at once, because the replica may now be used."""
        replica = self._replica
        try:
            status = await replica.status()
        except ERRORS as error:
            self._miss()
            replica.lose(error)
            # If the primary outlasts the lease, the replica must not be taken for up to date when that goes away, too.
            with suppress(*ERRORS):
                await self._primary.look()
            return False
        begin, mark = now(), secrets.randbits(MARK_BITS)
        leasing = status.is_replica and self._proofs >= self._needed
        try:
            position = await self._primary.renew(replica.lease, status.instance, mark, self._lag if leasing else 0)
            await self._clean()
        except ERRORS:
            if status.is_replica:
                self._stand_alone(status)
            else:
                self._leave_out_promoted()
            return False
        if not status.is_replica:
            self._leave_out_promoted()
            return False
        replica.instance = status.instance
        return await self._prove(mark, position, begin, leasing=leasing)

    async def _prove(self, mark: int, position: int, begin: float, *, leasing: bool) -> bool:
        replica, waiting = self._replica, now()
        try:
            async with asyncio.timeout(self._lag - (waiting - begin)):
                session = await replica.prove(mark, position)
        except TimeoutError:
            self._miss()
            replica.leave_out(ReplicaState.LAGGING, f"more than {self._lag:g} seconds behind")
            return False
        except DATABASE_ERRORS as error:
            self._miss()
            replica.lose(error)
            return False
        delay = now() - waiting
        if leasing:
            self._needed = PROOFS_TO_RETURN
            replica.accept(session, position, begin + self._lag, delay)
            return False
        replica.note_delay(delay)
        self._proofs = self._proofs + 1 if delay <= self._lag / 2 else 0
        return self._proofs >= self._needed

    def _leave_out_promoted(self) -> None:
        self._miss()
        reason = "it isn't in recovery, so it was promoted or never was a replica"
        self._replica.leave_out(ReplicaState.PROMOTED, reason)

    def _miss(self) -> None:
        self._proofs = 0

    def _stand_alone(self, status: Status) -> None:
        if self._primary.is_away and self._primary.may_be_away:
            self._replica.stand_alone(status, self._primary.away_seconds, self._primary.reached_at)
            self._on_alone()
        elif self._primary.is_away:
            self._replica.leave_out(ReplicaState.UNKNOWN, "the primary can't be reached")

    async def _clean(self) -> None:
        if not self._cleaned:
            await self._primary.forget_leases()
            self._cleaned = True

    async def end(self) -> None:
        """Ends the lease, so that nobody waits for it. If the primary can't be asked, it ends by itself."""
        if self._primary.is_away:
            return
        with suppress(*ERRORS):
            await self._primary.end(self._replica.lease)
