"""Limits the mails that users can make Portico send to others: per mailbox, and per sender.

A mailbox is counted in two ways: each address as it is written, and, with a higher limit, all addresses that differ
only in their part after a plus sign, which most mail servers deliver to one mailbox (RFC 5233). Mailboxes are counted
separately for each sender's organization: a shared count would reveal whom another organization writes to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour

from resolvers.errors import Problem
from resolvers.rate_limits.counting import Count, Counts, RateLimited

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
    """The counts of mails of one process."""

    def __init__(self, counts: Counts, rates: MailRates) -> None:
        self._counts, self._rates = counts, rates

    def take(self, sender: MailSender, recipients: Sequence[RecipientField]) -> Callable[[], None]:
        """Count a mail to each recipient. Returns a function that uncounts them. Raises `MutationRejected`
        (RATE_LIMITED) at the field of the recipient, or at that of all recipients if the sender has sent too many."""
        undo: list[Callable[[], None]] = []
        try:
            if recipients:
                path = _common_path([path for _, path in recipients])
                self._take(undo, self.of_sender(sender.user_id), path, len(recipients))
            for email, path in recipients:
                self._take(undo, self._of_mailbox(sender, email), path)
        except BaseException:
            _call_all(undo)
            raise
        return partial(_call_all, undo)

    def problems(self, sender: MailSender, recipients: Sequence[RecipientField]) -> list[Problem | None]:
        """For each recipient, the problem (RATE_LIMITED) if a mail to each would be too many to that mailbox. Counts
        nothing."""
        undo: list[Callable[[], None]] = []
        problems: list[Problem | None] = []
        try:
            for email, path in recipients:
                try:
                    self._take(undo, self._of_mailbox(sender, email), path)
                    problems.append(None)
                except RateLimited as limited:
                    problems += limited.problems
        finally:
            _call_all(undo)
        return problems

    def of_sender(self, user_id: UUID | None) -> Sequence[Count]:
        """The counts of all mails that a user causes."""
        return _counts("mail sender", self._rates.sender, str(user_id))

    def _take(
        self, undo: list[Callable[[], None]], counts: Sequence[Count], path: tuple[str, ...], cost: int = 1
    ) -> None:
        self._counts.take(*counts, path=path, cost=cost)
        undo.append(partial(self._counts.give_back, counts, cost))

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


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()
