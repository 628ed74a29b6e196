"""A delivery that a process sends, and its outcome."""

from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from models import DeliveryCause, EgressFailure


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A message to send, and the lease under which it is sent. `failures` and `attempts` are those before this one,
    and `seconds` is the time by the clock of the database, in seconds since 1970."""

    organization_id: UUID
    webhook_id: UUID
    lease_id: UUID
    id: UUID
    cause: DeliveryCause
    attempts: int
    failures: int
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    message_id: str
    body: bytes
    seconds: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The `status` of the response, or the `failure` without one; how long it took, in milliseconds; and for how long
    the receiver asked to be left alone."""

    status: int | None
    failure: EgressFailure | None
    milliseconds: int
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has accepted the message."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
