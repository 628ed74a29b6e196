"""Callers who send queries of ever new shapes, each of which the server must build and the database must plan.

    python -m benchmarks.shape_callers PORT SECONDS TOKEN

It runs in a separate process, with low priority, and prints how many tries had which outcome: a status of HTTP,
`closed` if the server closed the connection, or `hung up` for the third of them that do so before the response.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from benchmarks.hostile_callers import PAUSE, Streams, graphql, outcome

CONNECTIONS: Final = 16
ALIASES: Final = 20
HANGS_UP_EVERY: Final = 3
HANGS_UP_AFTER: Final = 0.5
PATIENCE: Final = 30.0

FIELDS = (
    "users(first: 10) { totalCount nodes { id%d: id email displayName status permissions viewerCan version "
    "allContractAccounts accountEnds { name } activation { mail mailReply sentAt } } }"
)
"""Fields whose conditions are the longest ones for an admin with a list of accounts; `%d` is a number."""

_numbers = itertools.count()


def new_shape(aliases: int = ALIASES) -> str:
    """A query that no server has seen before: its aliases are new. So is one within each, because fields that are
    equal apart from their aliases and values are planned once."""
    number = next(_numbers)
    fields = (f"a{number}_{index}_{os.getpid()}: {FIELDS % (index + 1)}" for index in range(aliases))
    return "{ " + " ".join(fields) + " }"


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Streams]:
    """A connection, which is cut off at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def attack(port: int, token: str, end: float, counts: Counter[str]) -> None:
    """Sends new shapes, one after the other, each on a new connection."""
    for number in itertools.count():
        if time.monotonic() >= end:
            return
        seconds = PATIENCE if number % HANGS_UP_EVERY else HANGS_UP_AFTER
        request = graphql(new_shape(), headers=f"Authorization: Bearer {token}\r\n")
        try:
            async with asyncio.timeout(seconds), connection(port) as (reader, writer):
                writer.write(request)
                counts[await outcome(reader)] += 1
        except TimeoutError:
            counts["hung up"] += 1
        except (OSError, asyncio.IncompleteReadError):
            counts["closed"] += 1
            await asyncio.sleep(PAUSE)


async def run(port: int, seconds: float, token: str) -> Counter[str]:
    """The outcomes."""
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    await asyncio.gather(*(attack(port, token, end, counts) for _ in range(CONNECTIONS)))
    return counts


def main() -> None:
    """Run the command line."""
    port, seconds, token = sys.argv[1:]
    os.nice(10)
    print(json.dumps(asyncio.run(run(int(port), float(seconds), token)).most_common()))


if __name__ == "__main__":
    main()
