"""What a process that is started while the primary is away needs to know in order to read from replicas.

A process that runs knows when it last reached the primary, which replicas had everything then, and whether a rollback
of the policy is in effect. It writes this down (`outage_watch.py`). A process that is started takes it over, and then
is where the former one was: the same rules (`Replica.stand_alone`) apply to it, counted from the same time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final
from uuid import UUID

from app.database.replication.clock import Boot
from resolvers.policy_analysis.history import Rollback

FORMAT: Final = 1

WATCH_SECONDS: Final = 30.0
"""How long ago a process of this machine must have asked the primary in vain, at most, when the one that takes over
begins to ask it. In between, the primary could have been back, and others could have changed what no replica has. It
covers the restart of a service: the end of a server takes five seconds, a new one is started two seconds later, and
loads the policy."""

MOST_MARKS: Final = 64
"""How many marks of a lease are read, at most."""


class HandoverRefused(Exception):
    """What was written down can't be taken over; the message says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a replica that is read from without the primary: the running PostgreSQL that it was, what it had
    replayed (bytes of WAL), and the lease by whose recent marks it can be recognized when it has been restarted."""

    instance: str
    position: int
    lease: UUID
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """The knowledge of a process while the primary is away. `reached_at` is when it last reached the primary, and
    `asked_at` when it last asked it in vain (seconds of `clock.now`). `rollback` says which rollback of the policy is
    in effect (`app.policy.history.mark_of`). `replicas` has those that are read from, by a keyed hash of the URL."""

    reached_at: float
    asked_at: float
    rollback: str
    replicas: Mapping[str, Standing]

    def check(self, now: float, alone_seconds: float, asked_since: float) -> None:
        """Raises HandoverRefused unless it may be taken over at `now`, to read without the primary for `alone_seconds`
        since that was last reached. `asked_since` is when the process that takes it over began to ask the primary in
        vain."""
        if not self.reached_at <= self.asked_at <= now:
            raise HandoverRefused("its times are in the future")
        if asked_since - self.asked_at > WATCH_SECONDS:
            raise HandoverRefused(
                f"no process on this machine has asked the primary in the last {WATCH_SECONDS:g} seconds, so it isn't "
                "known what has happened since"
            )
        if now - self.reached_at >= alone_seconds:
            raise HandoverRefused("the time of PORTICO_READ_WITHOUT_PRIMARY is over")
        if not self.replicas:
            raise HandoverRefused("no replica of PORTICO_READ_DATABASE_URL was up to date")


@dataclass(frozen=True, slots=True)
class Takeover:
    """What a process starts with that has taken over: the handover, and the newest rollback of the policy, as a replica
    has it."""

    handover: Handover
    rollback: Rollback | None


def encode(handover: Handover, primary: str, boot: Boot) -> str:
    """Returns the handover as text, with `primary`, a keyed hash of the URL, and the start of the machine."""
    replicas = {
        key: [standing.instance, standing.position, str(standing.lease), list(standing.marks)]
        for key, standing in handover.replicas.items()
    }
    return json.dumps(
        {
            "format": FORMAT,
            "boot": [boot.id, boot.at],
            "primary": primary,
            "reached_at": handover.reached_at,
            "asked_at": handover.asked_at,
            "rollback": handover.rollback,
            "replicas": replicas,
        }
    )


def decode(text: str, primary: str, boot: Boot) -> Handover:
    """Returns the handover of a text that `encode` has made. Raises HandoverRefused if it is of another database,
    another start of the machine, or another version of Portico, or if it is malformed."""
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise HandoverRefused("another version of Portico has written it")
        if values["primary"] != primary:
            raise HandoverRefused("it is about another DATABASE_URL")
        boot_id, boot_at = values["boot"]
        if not boot.is_same(Boot(str(boot_id), _number(boot_at))):
            raise HandoverRefused("since it was written, this machine was started anew, or its clock was set")
        return Handover(
            _number(values["reached_at"]),
            _number(values["asked_at"]),
            str(values["rollback"]),
            {str(key): _standing(*standing) for key, standing in values["replicas"].items()},
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise HandoverRefused("it is malformed") from error


def _standing(instance: Any, position: Any, lease: Any, marks: Any) -> Standing:
    return Standing(str(instance), int(position), UUID(lease), tuple(map(int, marks[:MOST_MARKS])))


def _number(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError
    return number
