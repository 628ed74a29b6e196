"""Where the metrics of a server, or of `portico worker`, come from."""

import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from app.backend import Backend
from app.background_metrics import BackgroundMetrics
from app.policy.policy_file import PolicyFile


@dataclass(frozen=True)
class Listening:
    """The HTTP side of a server: `connections` returns the number of open ones, and `refusals` counts, by reason, what
    was refused before it reached the application. `metrics` is the socket on which Prometheus asks, if it may."""

    connections: Callable[[], int] = lambda: 0
    refusals: Counter[str] = field(default_factory=Counter)
    metrics: socket.socket | None = None


@dataclass(frozen=True)
class Sources:
    """The parts of a running server that have counts. `backend` returns the current one."""

    backend: Callable[[], Backend]
    policy_file: PolicyFile
    listening: Listening
    responses: Counter[int]
    background: BackgroundMetrics


@dataclass(frozen=True)
class WorkerSources:
    """The parts of `portico worker` that have counts, and its connections to the database."""

    engine: AsyncEngine
    policy_file: PolicyFile
    background: BackgroundMetrics
