"""Counts attempts in the database, so that all processes of all servers count together.

Each count is a row of the unlogged table `attempt_counts`. An attempt takes one statement, which is a transaction of
its own: it checks and adds at once, so concurrent attempts never exceed a limit. Uncounting takes another. A
transaction that makes an attempt holds no lock of a count, so transactions never wait for each other because of counts.

Rejections are cheap: for up to a second, a process that has been told that a count is full answers without asking
again. What is too many, and for how long, is computed by the same code as the counts in memory (`counting.py`,
`sign_in_throttle.py`), from what the rows hold.

A flood of keys can't fill the table. What means nothing any more is deleted every minute, and of each kind, only the
`MOST_OF_A_KIND` counts that end last are kept.
"""

import asyncio
import hmac
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from resolvers.errors import MutationRejected, Problem
from resolvers.lru_cache import LRUCache
from resolvers.prepared_statement import PreparedStatement, single_statements
from resolvers.rate_limits import count_statements, sign_in_statements
from resolvers.rate_limits.backoff import BackoffPolicy, Clock, FailureTally
from resolvers.rate_limits.counting import Attempt, Count, Counts, RateLimited
from resolvers.rate_limits.sign_in_statements import ADDRESS, EMAIL, HERE
from resolvers.rate_limits.sign_in_throttle import SignInAttempt, SignInBackoff, SignInThrottle

log = logging.getLogger("portico.limits")

KEY_BYTES: Final = 16

MOST_OF_A_KIND: Final = 100_000
"""The maximum number of counts of each kind: about 10 MB."""

REMEMBERED_SECONDS: Final = 1.0
REMEMBERED_KEYS: Final = 20_000
"""How long a process remembers that a count is full, and of how many keys."""

CLEANUP_SECONDS: Final = 60.0

TRIES: Final = 5
"""How often a statement is repeated that met another transaction."""

Rows = Sequence[Row[*tuple[Any, ...]]]
_Key = tuple[str, bytes]


class DatabaseCounts:
    """The counts in a database, as `AttemptCounts`. Owners are stored as hashes under `secret_key`, which all servers
    must share. `clock` returns seconds from an arbitrary start."""

    def __init__(
        self,
        engine: AsyncEngine,
        secret_key: bytes,
        backoff: SignInBackoff | None = None,
        clock: Clock = time.monotonic,
        most_of_a_kind: int = MOST_OF_A_KIND,
    ) -> None:
        self._engine, self._secret_key, self._clock = engine, secret_key, clock
        self._backoff = backoff or SignInBackoff()
        self._most_of_a_kind = most_of_a_kind
        self._full: LRUCache[_Key, tuple[float, float]] = LRUCache(REMEMBERED_KEYS, REMEMBERED_KEYS)
        self._uncounting: set[asyncio.Task[None]] = set()

    async def check(self, attempt: Attempt) -> None:
        """As in `AttemptCounts`."""
        self._reject_remembered([attempt])
        (await self._read([attempt])).check(*attempt.counts)

    async def take(self, attempts: Sequence[Attempt]) -> None:
        """As in `AttemptCounts`."""
        if not attempts:
            return
        self._reject_remembered(attempts)
        wanted = self._amounts(attempts)
        for _ in range(TRIES):
            added = {(row.kind, row.key) for row in await self._run(count_statements.take(), _parameters(wanted))}
            if len(added) == len(wanted):
                return
            if added:
                partly = {key: count for key, count in wanted.items() if key in added}
                await self._run(count_statements.give_back(), _parameters(partly))
            counts = await self._read(attempts)
            counts.take_all(attempts)  # raises, unless others have uncounted in the meantime
        raise RateLimited(1, attempts[0].path)

    async def give_back(self, attempts: Sequence[Attempt]) -> None:
        """As in `AttemptCounts`. If the database fails, the attempts stay counted, until their windows end."""
        wanted = {key: (count, number) for key, (count, number) in self._amounts(attempts).items() if number}
        if wanted:
            await self._uncount(self._run(count_statements.give_back(), _parameters(wanted)))

    async def problems(self, attempts: Sequence[Attempt]) -> list[Problem | None]:
        """As in `AttemptCounts`."""
        return (await self._read(attempts)).problems(attempts) if attempts else []

    @asynccontextmanager
    async def sign_in(self, email: str, source: str) -> AsyncIterator[SignInAttempt]:
        """As in `AttemptCounts`. If the database fails afterwards, the attempt stays counted as failed."""
        keys = {
            HERE: self._key(HERE, email, source),
            ADDRESS: self._key(ADDRESS, source),
            EMAIL: self._key(EMAIL, email),
        }
        self._reject_remembered_key((HERE, keys[HERE]))
        rows = await self._begin(keys, email, source)
        try:
            yield SignInAttempt(rows[0].known)
        except MutationRejected:
            raise
        except BaseException:
            await self._uncount(self._revert(rows, keys))
            raise
        await self._uncount(self._revert(rows, keys, signed_in=True))

    async def has_signed_in(self, email: str, source: str) -> bool:
        """As in `AttemptCounts`."""
        return bool(await self._run(sign_in_statements.known(), {"here": self._key(HERE, email, source)}))

    async def clean_up(self) -> None:
        """Delete what means nothing any more, and what is beyond the maximum of its kind. Raises database errors."""
        await self._run(count_statements.delete_ended(), {})
        await self._run(count_statements.delete_beyond(), {"most": self._most_of_a_kind})

    async def _begin(self, keys: Mapping[str, bytes], email: str, source: str) -> Rows:
        policies: dict[str, BackoffPolicy] = {
            HERE: self._backoff.email_and_address,
            ADDRESS: self._backoff.address,
            EMAIL: self._backoff.email,
        }
        parameters = {
            "kinds": list(keys),
            "keys": list(keys.values()),
            "free": [policies[kind].free_attempts for kind in keys],
            "decay": [policies[kind].decay_interval for kind in keys],
            "initial": [policies[kind].initial for kind in keys],
            "maximum": [policies[kind].maximum for kind in keys],
        }
        for _ in range(TRIES):
            rows = await self._run(sign_in_statements.attempt(), parameters)
            if not rows[0].passes:
                remaining = self._remaining(rows, email, source)
                self._remember((HERE, keys[HERE]), remaining)
                raise RateLimited(remaining)
            if all(row.added is not None for row in rows):
                return rows
            await self._revert(rows, keys)
        raise RateLimited(1)

    def _remaining(self, rows: Rows, email: str, source: str) -> float:
        """The seconds to wait, from the counts in the rows."""
        throttle = SignInThrottle(self._backoff, lambda: 0.0, entries=1)
        tallies = {row.kind: FailureTally(row.before, -row.age) for row in rows if row.before is not None}
        throttle.put(email, source, tallies.get(HERE), tallies.get(ADDRESS), tallies.get(EMAIL), known=rows[0].known)
        return throttle.remaining(email, source)

    async def _revert(self, rows: Rows, keys: Mapping[str, bytes], *, signed_in: bool = False) -> Rows:
        added = [row for row in rows if row.added is not None]
        parameters = {
            "kinds": [row.kind for row in added],
            "keys": [keys[row.kind] for row in added],
            "added_at": [row.added_at for row in added],
            "before": [row.before or 0 for row in added],
            "since": [row.since for row in added],
            "forgets": [signed_in and row.kind == HERE for row in added],
            "signed_in": signed_in,
            "here": keys[HERE],
        }
        if signed_in:
            self._full.remove((HERE, keys[HERE]))
        return await self._run(sign_in_statements.revert(), parameters)

    async def _uncount(self, statement: Coroutine[Any, Any, Rows]) -> None:
        """Run a statement even if this task is cancelled, and whatever comes of it."""

        async def run() -> None:
            try:
                await statement
            except Exception as error:  # noqa: BLE001
                log.warning("An attempt could not be uncounted (%s).", type(error).__name__)

        task = asyncio.create_task(run())
        self._uncounting.add(task)
        task.add_done_callback(self._uncounting.discard)
        await asyncio.shield(task)

    async def _read(self, attempts: Sequence[Attempt]) -> Counts:
        """The counts of these attempts, in memory."""
        wanted = self._amounts(attempts)
        keys = {"kinds": [kind for kind, _ in wanted], "keys": [key for _, key in wanted]}
        counts = Counts()
        for row in await self._run(count_statements.read(), keys):
            count, _ = wanted[row.kind, row.key]
            counts.put(count, row.number, row.seconds)
            if row.number >= count[0].amount:
                self._remember((row.kind, row.key), row.seconds)
        return counts

    def _amounts(self, attempts: Sequence[Attempt]) -> dict[_Key, tuple[Count, int]]:
        """Each count that the attempts add to, and how much, by its key in the table."""
        amounts: dict[_Key, tuple[Count, int]] = {}
        for attempt in attempts:
            for count in attempt.counts:
                key = self._key_of(count)
                amounts[key] = count, amounts.get(key, (count, 0))[1] + attempt.number
        return amounts

    def _key_of(self, count: Count) -> _Key:
        """The key of a count. It depends on the limit, too, so another limit begins anew."""
        item, owner = count
        return owner[0], self._key(item.key_for(*owner))

    def _key(self, kind: str, *owner: str) -> bytes:
        return hmac.digest(self._secret_key, "\0".join((kind, *owner)).encode(), "sha256")[:KEY_BYTES]

    def _remember(self, key: _Key, seconds: float) -> None:
        now = self._clock()
        self._full.put(key, (now + min(seconds, REMEMBERED_SECONDS), now + seconds), 1)

    def _reject_remembered(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            for count in attempt.counts:
                self._reject_remembered_key(self._key_of(count), attempt.path)

    def _reject_remembered_key(self, key: _Key, path: tuple[str, ...] = ()) -> None:
        remembered = self._full.get(key)
        if remembered is not None:
            until, ends = remembered
            if self._clock() < until:
                raise RateLimited(ends - self._clock(), path)

    async def _run(self, statement: PreparedStatement, parameters: Mapping[str, Any]) -> Rows:
        async with single_statements(self._engine) as connection:
            return (await statement.execute_on(connection, parameters)).all()


def _parameters(wanted: Mapping[_Key, tuple[Count, int]]) -> dict[str, Any]:
    items = {kind: count[0] for (kind, _), (count, _) in wanted.items()}
    return {
        "kinds": [kind for kind, _ in wanted],
        "keys": [key for _, key in wanted],
        "amounts": [number for _, number in wanted.values()],
        "rate_kinds": list(items),
        "limits": [item.amount for item in items.values()],
        "seconds": [float(item.get_expiry()) for item in items.values()],
    }


async def run_cleanup(counts: DatabaseCounts, interval: float = CLEANUP_SECONDS) -> None:
    """Clean up every `interval` seconds until cancelled. Any number of processes may."""
    while True:
        await asyncio.sleep(interval)
        try:
            await counts.clean_up()
        except Exception as error:  # noqa: BLE001
            log.warning("Could not clean up the counts of attempts (%s).", type(error).__name__)
