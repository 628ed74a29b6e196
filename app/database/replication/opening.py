"""Makes the replicas of a server process from their addresses. Connections are opened on demand."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from app.database.pools import WAIT_SECONDS, create_read_only_engine, normalize_url, read_sessions
from app.database.read_pool import ReadPool
from app.database.replication.link import Link
from app.database.replication.primary import Primary
from app.database.replication.replica import Replica
from app.database.replication.replicas import ReplicaLimits, Replicas
from app.database.sessions import Sessions

LINK_SECONDS: Final = 2.0
"""How long a statement of replication may take, or as long as a replica may be behind if that is longer."""

ALONE_CONNECTIONS: Final = 2
"""How many connections to each replica are for what a read needs first, while the primary is away."""

_SEPARATOR: Final = re.compile(r"\s*,\s*(?=[a-z+]+://)")


def split_urls(urls: str) -> list[str]:
    """Returns the URLs of a list separated by commas, in the form that the driver takes. A comma inside of a URL, such
    as between its hosts, is not followed by a scheme. Raises ValueError."""
    return [normalize_url(url) for url in _SEPARATOR.split(urls.strip()) if url]


def create_replicas(
    urls: Sequence[str], primary_url: str, limits: ReplicaLimits, *, max_connections: int, statement_timeout: float
) -> Replicas:
    """Returns the replicas at these URLs, with a pool of `max_connections` for reads on each. A statement may take
    `statement_timeout` seconds."""
    seconds = max(limits.lag, LINK_SECONDS)
    primary = Primary(Link(_link_sessions(primary_url, read_only=False).open, seconds), limits.alone, seconds)
    pairs = zip(_names(urls), urls, strict=True)
    replicas = [_replica(name, url, seconds, max_connections, statement_timeout) for name, url in pairs]
    return Replicas(primary, replicas, limits)


def _replica(name: str, url: str, seconds: float, max_connections: int, statement_timeout: float) -> Replica:
    sessions = read_sessions(url, statement_timeout)

    def make_pool(replica: Replica) -> ReadPool:
        opening = partial(replica.open_session, sessions)
        return ReadPool(opening, max_connections, WAIT_SECONDS, statement_timeout)

    engine = create_read_only_engine(url, max_connections=ALONE_CONNECTIONS, statement_timeout=statement_timeout)
    return Replica(name, Link(_link_sessions(url, read_only=True).open, seconds), engine, make_pool)


def _link_sessions(url: str, *, read_only: bool) -> Sessions:
    settings = {
        "application_name": "portico replication",
        "default_transaction_read_only": "on" if read_only else None,
        "statement_timeout": "10000",
    }
    return Sessions(url, settings)


def _names(urls: Sequence[str]) -> list[str]:
    """What people call the replicas: their addresses, without user and password."""
    addresses = [urlsplit(url).netloc.rpartition("@")[2] for url in urls]
    unique = len(set(addresses)) == len(addresses) and all(addresses)
    return addresses if unique else [f"{address or 'replica'} #{number}" for number, address in enumerate(addresses, 1)]
