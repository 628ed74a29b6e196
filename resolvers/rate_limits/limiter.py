"""Limits how often an action may be attempted, counted in this process's memory, which a flood of attempts can't fill.

Sign-ins use exponential backoff (`resolvers/rate_limits/sign_in_throttle.py`); all other actions have a maximum number
per time, counted by the library `limits`. An attempt is counted before the work, so that concurrent attempts can't
exceed the limit, and uncounted if it turns out not to matter, such as the successful creation of a user.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute

from resolvers.errors import MutationRejected, Problem
from resolvers.rate_limits.backoff import Clock
from resolvers.rate_limits.counting import Count, Counts, RateLimited
from resolvers.rate_limits.mail_limits import MailLimits, MailRates, MailSender, RecipientField
from resolvers.rate_limits.sign_in_throttle import SignInBackoff, SignInThrottle, source_of

__all__ = ["AvailabilityAnswers", "RateLimited", "RateLimiter", "Rates"]


@dataclass(frozen=True)
class Rates:
    """The limits, each as an amount in a number of minutes or hours.

    Requests for a password reset, each of which may send an email and revokes the previous link, are limited per email
    and address, per address, and, far higher, per email. Rejected creations of users (`create_user`) and invited emails
    that don't become a user (`invite_users`) are limited per admin. Access denials are limited per user, since each
    writes an audit event. Access reviews, each of which may write some hundred thousand rows, are limited per
    organization. Attempts to set a password with a mailed link, each of which costs as much as a sign-in, are limited
    per link and per address, unless they succeed. Edits of the policy that are checked, and those that are compared,
    which takes seconds of the processor, are limited per user.
    """

    email_availability: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60, 1))
    access_denials: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(300, 5))
    create_user: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60, 1))
    invite_users: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(3000, 1))
    create_access_review: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(10, 1))
    password_reset_email_and_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(5, 1))
    password_reset_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(60, 1))
    password_reset_email: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(20, 1))
    mailed_link: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(20, 1))
    mailed_link_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(300, 1))
    client_and_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(20, 1))
    client_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(200, 1))
    check_policy: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(120, 1))
    compare_policies: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(60, 1))
    access_tokens: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(600, 5))


@dataclass
class AvailabilityAnswers:
    """The number of `emails` whose availability was disclosed without a user being created."""

    emails: int = 0


class RateLimiter:
    """The counts of one process. `clock` returns seconds from an arbitrary start."""

    def __init__(
        self,
        rates: Rates | None = None,
        backoff: SignInBackoff | None = None,
        clock: Clock = time.monotonic,
        mail_rates: MailRates | None = None,
    ) -> None:
        self.rates = rates or Rates()
        self._sign_ins = SignInThrottle(backoff or SignInBackoff(), clock)
        self._counts = Counts()
        self._mails = MailLimits(self._counts, mail_rates or MailRates())

    @contextmanager
    def sign_in(self, email: str, address: str | None) -> Iterator[None]:
        """Run the block as an attempt to sign in, counted if it raises `MutationRejected`. Raises `MutationRejected`
        (RATE_LIMITED) before the block if the sender must wait, whether or not a user has this email."""
        source = source_of(address)
        remaining = self._sign_ins.remaining(email, source)
        if remaining > 0:
            raise RateLimited(remaining)
        with self._sign_ins.attempt(email, source):
            yield

    def has_signed_in(self, email: str, address: str | None) -> bool:
        """Whether this email has signed in from this address before, as far as this process remembers."""
        return self._sign_ins.has_signed_in(email, source_of(address))

    @contextmanager
    def use_link(self, token_hash: bytes, address: str | None) -> Iterator[None]:
        """Run the block as an attempt to set a password with a mailed link, counted if it raises `MutationRejected`.
        Raises `MutationRejected` (RATE_LIMITED) before the block if there were too many, whether or not the link
        exists."""
        by_address = self.rates.mailed_link_address, ("mailed link address", source_of(address))
        by_link = self.rates.mailed_link, ("mailed link", token_hash.hex())
        with self._if_rejected(by_address, by_link):
            yield

    def send_mails(self, sender: MailSender, recipients: Sequence[RecipientField]) -> Callable[[], None]:
        """Count mails that a user causes. Returns a function that uncounts them. Raises `MutationRejected`
        (RATE_LIMITED) at the field of the recipient, or at that of all recipients if the sender has sent too many."""
        return self._mails.take(sender, recipients)

    def mail_problems(self, sender: MailSender, recipients: Sequence[RecipientField]) -> list[Problem | None]:
        """For each recipient, the problem (RATE_LIMITED) if a mail to each would be too many to that mailbox. Counts
        nothing."""
        return self._mails.problems(sender, recipients)

    @contextmanager
    def create_user(self, user_id: UUID, *path: str) -> Iterator[None]:
        """Run the block as an admin's attempt to create a user, counted if it raises `MutationRejected`: like
        `emailAvailability`, a rejection discloses whether an email is taken. Raises `MutationRejected` (RATE_LIMITED)
        before the block if there were too many; `path` is the path of the email if it is not `input.email`."""
        count = self.rates.create_user, ("create user", str(user_id))
        with self._if_rejected(count, path=path or ("input", "email")):
            yield

    @contextmanager
    def invite_users(self, user_id: UUID, emails: int) -> Iterator[AvailabilityAnswers]:
        """Count each email that an admin invites, unless a user is created: a rejection and a dry run disclose of each
        email whether it is taken. The block reports how many emails that were, in the yielded object. Raises
        `MutationRejected` (RATE_LIMITED) before the block if all emails together would be too many."""
        count = (self.rates.invite_users, ("invite users", str(user_id)))
        self._counts.take(count, path=("input", "emails"), cost=emails)
        disclosed = AvailabilityAnswers()
        try:
            yield disclosed
        finally:
            self._counts.give_back([count], emails - disclosed.emails)

    @contextmanager
    def _if_rejected(self, *counts: Count, path: tuple[str, ...] = ()) -> Iterator[None]:
        taken = self._counts.take(*counts, path=path)
        rejected = False
        try:
            yield
        except MutationRejected:
            rejected = True
            raise
        finally:
            if not rejected:
                self._counts.give_back(taken)

    def check_client(self, client_id: UUID | None, address: str | None) -> None:
        """Check whether an API client may authenticate from the address; None stands for every id that can't be a
        client's. Counts nothing: many programs of a client may start at once. Raises `MutationRejected`
        (RATE_LIMITED)."""
        self._counts.check(*self._of_client(client_id, address))

    def reject_client(self, client_id: UUID | None, address: str | None) -> None:
        """Count a failed authentication of an API client. Raises `MutationRejected` (RATE_LIMITED)."""
        self._counts.take(*self._of_client(client_id, address))

    def _of_client(self, client_id: UUID | None, address: str | None) -> Sequence[Count]:
        source = source_of(address)
        return (
            (self.rates.client_address, ("client address", source)),
            (self.rates.client_and_address, ("client and address", str(client_id), source)),
        )

    def issue_access_token(self, client_id: UUID) -> None:
        """Count an access token issued to an API client. Raises `MutationRejected` (RATE_LIMITED)."""
        self._counts.take((self.rates.access_tokens, ("access token", str(client_id))))

    def check_email_availability(self, user_id: UUID, path: tuple[str, ...] = ()) -> None:
        """Count an admin's lookup of whether an email is free; `path` is its path. Raises `MutationRejected`
        (RATE_LIMITED)."""
        self._counts.take((self.rates.email_availability, ("email availability", str(user_id))), path=path)

    def deny_access(self, user_id: UUID) -> None:
        """Count an access denial. Raises `MutationRejected` (RATE_LIMITED) if there were too many."""
        self._counts.take((self.rates.access_denials, ("access denial", str(user_id))))

    def check_policy(self, user_id: UUID, *path: str) -> None:
        """Count a check of an edit of the policy. Raises `MutationRejected` (RATE_LIMITED)."""
        self._counts.take((self.rates.check_policy, ("check policy", str(user_id))), path=path)

    def compare_policies(self, user_id: UUID, *path: str) -> None:
        """Count a comparison of an edit of the policy. Raises `MutationRejected` (RATE_LIMITED)."""
        self._counts.take((self.rates.compare_policies, ("compare policies", str(user_id))), path=path)

    def create_access_review(self, organization_id: UUID) -> None:
        """Count an access review of an organization, by any user. Raises `MutationRejected` (RATE_LIMITED)."""
        self._counts.take(
            (self.rates.create_access_review, ("access review", str(organization_id))), path=("input", "organization")
        )

    def request_password_reset(self, email: str, address: str | None, user_id: UUID | None = None) -> None:
        """Count a request for a password reset, whether or not a user has this email. `user_id` is the signed-in
        sender, for whom it counts as a mail. Raises `MutationRejected` (RATE_LIMITED)."""
        source = source_of(address)
        self._counts.take(
            # The address first: an address that must wait must not leave counts for further emails that it tries.
            (self.rates.password_reset_address, ("password reset address", source)),
            *(self._mails.of_sender(user_id) if user_id else ()),
            (self.rates.password_reset_email_and_address, ("password reset email and address", email, source)),
            (self.rates.password_reset_email, ("password reset email", email)),
        )
