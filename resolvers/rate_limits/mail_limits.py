"""Limits the mails that users can make Portico send to others: per mailbox, and per sender.

A mailbox is counted in two ways: each address as it is written, and, with a higher limit, all addresses that differ
only in their part after a plus sign, which most mail servers deliver to one mailbox (RFC 5233). Mailboxes are counted
separately for each sender's organization: a shared count would reveal whom another organization writes to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour

from resolvers.rate_limits.counting import Attempt, Count

RecipientField = tuple[str, tuple[str, ...]]
"""An email in lower case, and the path of the input field that names its user."""


def _limits(per_hour: int, per_day: int) -> Callable[[], tuple[RateLimitItem, ...]]:
    return lambda: (RateLimitItemPerHour(per_hour, 1), RateLimitItemPerDay(per_day, 1))


@dataclass(frozen=True)
class MailRates:
    """The numbers of mails per hour and per day: to one address, to one mailbox with all its sub-addresses, and from
    one user, whose API clients count for them."""

    address: tuple[RateLimitItem, ...] = field(default_factory=_limits(5, 20))
    mailbox: tuple[RateLimitItem, ...] = field(default_factory=_limits(20, 60))
    sender: tuple[RateLimitItem, ...] = field(default_factory=_limits(3_000, 10_000))


@dataclass(frozen=True, slots=True)
class MailSender:
    """The user who causes a mail, and their organization. None for the command line, and for staff, respectively."""

    user_id: UUID | None
    organization_id: UUID | None


class MailLimits:
    """Which counts a mail adds to."""

    def __init__(self, rates: MailRates) -> None:
        self._rates = rates

    def attempts(self, sender: MailSender, recipients: Sequence[RecipientField]) -> list[Attempt]:
        """A mail to each recipient. Too many to one mailbox are rejected at the field of the recipient; too many of the
        sender, at that of all recipients."""
        if not recipients:
            return []
        path = _common_path([path for _, path in recipients])
        by_sender = Attempt(self.of_sender(sender.user_id), path, len(recipients))
        return [by_sender, *self.to_mailboxes(sender, recipients)]

    def to_mailboxes(self, sender: MailSender, recipients: Sequence[RecipientField]) -> list[Attempt]:
        """The same without the counts of the sender."""
        return [Attempt(self._of_mailbox(sender, email), path) for email, path in recipients]

    def of_sender(self, user_id: UUID | None) -> Sequence[Count]:
        """The counts of all mails that a user causes."""
        return _counts("mail sender", self._rates.sender, str(user_id))

    def _of_mailbox(self, sender: MailSender, email: str) -> Sequence[Count]:
        organization = str(sender.organization_id)
        return (
            *_counts("mail address", self._rates.address, organization, email),
            *_counts("mailbox", self._rates.mailbox, organization, mailbox_of(email)),
        )


def mailbox_of(email: str) -> str:
    """Returns the address without the rest of its local part from the first plus sign on."""
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def _counts(kind: str, items: Sequence[RateLimitItem], *owner: str) -> Sequence[Count]:
    # Each span of time has its own storage.
    return tuple((item, (f"{kind} {item.GRANULARITY.name}", *owner)) for item in items)


def _common_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    steps = takewhile(lambda step: len(set(step)) == 1, zip(*paths, strict=False))
    return tuple(step[0] for step in steps)
