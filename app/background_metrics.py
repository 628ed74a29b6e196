"""Counts of background work, for monitoring: mails, deliveries of webhooks, and rounds of the background tasks.

They are kept as plain numbers, which become the text that Prometheus reads only when it requests that
(`app/monitoring/`).
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Task(StrEnum):
    """The background tasks of a server with PORTICO_MAIL_WORKER, and of `portico worker`."""

    MAILS = "mails"
    WEBHOOKS = "webhooks"
    ACCESS_REVIEWS = "access reviews"
    ACCESS_REQUESTS = "access requests"
    UPKEEP = "upkeep"
    DOMAINS = "domains"


class MailOutcome(StrEnum):
    """The result of an attempt to send a mail."""

    SENT = "sent"
    DEFERRED = "deferred"
    GIVEN_UP = "given up"


ACCEPTED, REJECTED = "accepted", "rejected"
"""The outcomes of webhook deliveries that got a response. The others are the names of failures."""


@dataclass(slots=True)
class Rounds:
    """The rounds of one task since its start. In a round, a task looks for one thing to do, and does it.
    `last_done_at` is when the last successful round ended, in seconds since 1970 by the clock of this machine; until
    there is one, it is when the task was started."""

    done: int = 0
    failed: int = 0
    last_done_at: float = field(default_factory=time.time)

    def end(self) -> None:
        """Counts a round that has ended."""
        self.done += 1
        self.last_done_at = time.time()

    def fail(self) -> None:
        """Counts a round that has failed."""
        self.failed += 1


class BackgroundMetrics:
    """The background work of this process since its start: mails by kind and outcome, deliveries of webhooks by
    outcome, and rounds by task."""

    def __init__(self) -> None:
        self.mails: Counter[tuple[str, str]] = Counter()
        self.deliveries: Counter[str] = Counter()
        self.rounds: dict[Task, Rounds] = {}

    def start(self, task: Task) -> Rounds:
        """Returns the rounds of a task that this process starts."""
        return self.rounds.setdefault(task, Rounds())
