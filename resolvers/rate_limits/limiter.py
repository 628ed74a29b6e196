"""Limits how often an action may be attempted, counted by all servers together (`database_counts.py`).

Sign-ins use exponential backoff (`resolvers/rate_limits/sign_in_throttle.py`); all other actions have a maximum number
per time, counted by the library `limits`. An attempt is counted before the work, so that concurrent attempts can't
exceed the limit, and uncounted if it turns out not to matter, such as the successful creation of a user.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute

from resolvers.errors import MutationRejected, Problem
from resolvers.rate_limits.attempt_counts import AttemptCounts, MemoryCounts
from resolvers.rate_limits.backoff import Clock
from resolvers.rate_limits.counting import Attempt, Count, RateLimited
from resolvers.rate_limits.mail_limits import MailLimits, MailRates, MailSender, RecipientField
from resolvers.rate_limits.sign_in_throttle import SignInAttempt, SignInBackoff, source_of

__all__ = ["CountedMails", "InvitationAttempt", "MailBatch", "RateLimited", "RateLimiter", "Rates"]


@dataclass(frozen=True)
class Rates:
    """The limits, each as an amount in a number of minutes or hours.

    Requests for a password reset, each of which may send an email and revokes the previous link, are limited per email
    and address, per address, and, far higher, per email. Rejected creations of users (`create_user`) and invited emails
    that don't become a user (`invite_users`) are limited per admin. Access denials are limited per user, since each
    writes an audit event. Access reviews, each of which may write some hundred thousand rows, are limited per
    organization. Attempts to set a password with a mailed link, each of which costs as much as a sign-in, are limited
    per link and per address, unless they succeed. Edits of the policy that are checked, and those that are compared,
    which takes seconds of the processor, are limited per user. Wrong codes of second factors are limited per user, from
    all addresses together: nobody gets that far without the password. Changes of a user's second factors, each of which
    sends a mail, are limited per user. Challenges for passkeys, each of which is a row, and passkeys that are refused,
    are limited per address: signatures can't be guessed. Challenges to sign in without a password count
    apart. Requests that admins let be sent to webhooks are limited per organization. Steps of a sign-in
    at a provider, each of which may send it a request, are limited per address; tests of a provider and of the DNS by
    an admin, per admin.
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
    second_factor: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(10, 1))
    second_factor_day: RateLimitItem = field(default_factory=lambda: RateLimitItemPerDay(30, 1))
    passkeys: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60, 1))
    passkeys_hour: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(600, 1))
    change_second_factors: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(30, 1))
    single_sign_on_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(600, 1))
    ask_provider: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(20, 1))
    access_tokens: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(600, 5))
    ask_webhook: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(60, 1))


@dataclass(frozen=True, slots=True)
class MailBatch:
    """The mails that an attempt will cause if it succeeds: who sends them, and to whom."""

    sender: MailSender
    recipients: Sequence[RecipientField]


@dataclass
class CountedMails:
    """The mails of an attempt, counted together with it. If they were too many, `problem` says so, and none of them is
    counted."""

    batch: MailBatch
    give_back: Callable[[MailBatch], Awaitable[None]]
    problem: RateLimited | None = None

    async def uncount(self, recipients: Collection[RecipientField] | None = None) -> None:
        """Uncount the mails to these recipients, or to all, because they will not be sent. Only once each."""
        given_back = [each for each in self.batch.recipients if recipients is None or each in recipients]
        left = [each for each in self.batch.recipients if each not in given_back]
        batch, self.batch = self.batch, replace(self.batch, recipients=left)
        await self.give_back(replace(batch, recipients=given_back))


@dataclass
class InvitationAttempt:
    """An attempt to invite users, with its `mails`. The block sets `disclosed`, the number of emails whose availability
    was disclosed without a user being created."""

    mails: CountedMails
    disclosed: int = 0


class RateLimiter:
    """Counts attempts in `counts`; by default, in the memory of this process, with failed sign-ins as `backoff` says by
    `clock`, which returns seconds from an arbitrary start."""

    def __init__(
        self,
        rates: Rates | None = None,
        backoff: SignInBackoff | None = None,
        clock: Clock = time.monotonic,
        mail_rates: MailRates | None = None,
        counts: AttemptCounts | None = None,
    ) -> None:
        self.rates = rates or Rates()
        self._counts = counts or MemoryCounts(backoff or SignInBackoff(), clock)
        self._mails = MailLimits(mail_rates or MailRates())

    def sign_in(self, email: str, address: str | None) -> AbstractAsyncContextManager[SignInAttempt]:
        """Run the block as an attempt to sign in, counted if it raises `MutationRejected`. Raises `MutationRejected`
        (RATE_LIMITED) before the block if the sender must wait, whether or not a user has this email."""
        return self._counts.sign_in(email, source_of(address))

    async def has_signed_in(self, email: str, address: str | None) -> bool:
        """Whether this email has signed in from this address before."""
        return await self._counts.has_signed_in(email, source_of(address))

    def use_link(self, token_hash: bytes, address: str | None) -> AbstractAsyncContextManager[None]:
        """Run the block as an attempt to set a password with a mailed link, counted if it raises `MutationRejected`.
        Raises `MutationRejected` (RATE_LIMITED) before the block if there were too many, whether or not the link
        exists."""
        by_address = self.rates.mailed_link_address, ("mailed link address", source_of(address))
        by_link = self.rates.mailed_link, ("mailed link", token_hash.hex())
        return self._if_rejected(Attempt((by_address, by_link)))

    def second_factor(self, user_id: UUID) -> AbstractAsyncContextManager[None]:
        """Run the block as an attempt to give the second factor of a user, counted if it raises `MutationRejected`.
        Raises `MutationRejected` (RATE_LIMITED) before the block if there were too many."""
        an_hour = self.rates.second_factor, ("second factor", str(user_id))
        a_day = self.rates.second_factor_day, ("second factor a day", str(user_id))
        return self._if_rejected(Attempt((an_hour, a_day)))

    async def issue_passkey_challenge(self, address: str | None, *, unprompted: bool = False) -> None:
        """Count a challenge for a passkey, which anybody may ask for. Those that sign-in pages ask for `unprompted`, to
        suggest passkeys, count apart: many people behind one address who look at such a page keep nobody from a second
        step. Raises `MutationRejected` (RATE_LIMITED)."""
        name = "unbound passkey challenge" if unprompted else "passkey challenge"
        await self._counts.take([self._with_passkey(name, address)])

    def use_passkey(self, address: str | None) -> AbstractAsyncContextManager[None]:
        """Run the block as an attempt to use a passkey, counted if it raises `MutationRejected`. Raises
        `MutationRejected` (RATE_LIMITED) before the block if there were too many."""
        return self._if_rejected(self._with_passkey("passkey", address))

    def _with_passkey(self, name: str, address: str | None) -> Attempt:
        source = source_of(address)
        return Attempt(((self.rates.passkeys, (name, source)), (self.rates.passkeys_hour, (f"{name} an hour", source))))

    async def change_second_factors(self, user_id: UUID) -> None:
        """Count a change of the second factors of a user. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.change_second_factors, ("change second factors", str(user_id))))

    async def send_mails(
        self, sender: MailSender, recipients: Sequence[RecipientField]
    ) -> Callable[[], Awaitable[None]]:
        """Count mails that a user causes. Returns a function that uncounts them. Raises `MutationRejected`
        (RATE_LIMITED) at the field of the recipient, or at that of all recipients if the sender has sent too many."""
        attempts = self._mails.attempts(sender, recipients)
        await self._counts.take(attempts)
        return lambda: self._counts.give_back(attempts)

    async def mail_problems(self, sender: MailSender, recipients: Sequence[RecipientField]) -> list[Problem | None]:
        """For each recipient, the problem (RATE_LIMITED) if a mail to each would be too many to that mailbox. Counts
        nothing."""
        return await self._counts.problems(self._mails.to_mailboxes(sender, recipients))

    @asynccontextmanager
    async def create_user(self, user_id: UUID, path: Sequence[str], mails: MailBatch) -> AsyncIterator[CountedMails]:
        """Run the block as an admin's attempt to create a user, counted if it raises `MutationRejected`: like
        `emailAvailability`, a rejection discloses whether an email is taken. `mails` are counted with it.

        Raises `MutationRejected` (RATE_LIMITED) before the block if there were too many attempts; `path` is the path of
        the email. A block that gets too many mails must raise their problem.
        """
        count = self.rates.create_user, ("create user", str(user_id))
        attempt = Attempt((count,), tuple(path))
        counted = await self._take_with_mails(attempt, mails)
        async with self._give_back_unless_rejected(attempt):
            yield counted

    @asynccontextmanager
    async def invite_users(self, user_id: UUID, emails: int, mails: MailBatch) -> AsyncIterator[InvitationAttempt]:
        """Count each email that an admin invites, unless a user is created: a rejection and a dry run disclose of each
        email whether it is taken. The block reports how many emails that were, in the yielded object. `mails` are
        counted with them. Raises `MutationRejected` (RATE_LIMITED) before the block if all emails together would be too
        many."""
        counts = ((self.rates.invite_users, ("invite users", str(user_id))),)
        attempt = Attempt(counts, ("input", "emails"), emails)
        invitations = InvitationAttempt(await self._take_with_mails(attempt, mails))
        try:
            yield invitations
        finally:
            await self._counts.give_back([Attempt(counts, number=emails - invitations.disclosed)])

    async def _take_with_mails(self, attempt: Attempt, mails: MailBatch) -> CountedMails:
        """Count an attempt and its mails in one statement. If only the mails are too many, the attempt still counts:
        their problem discloses that it got as far as them."""
        by_mail = self._mails.attempts(mails.sender, mails.recipients)
        try:
            await self._counts.take([attempt, *by_mail])
        except RateLimited as limited:
            if not by_mail:
                raise
            await self._counts.take([attempt])
            return CountedMails(replace(mails, recipients=()), self._uncount_mails, limited)
        return CountedMails(mails, self._uncount_mails)

    async def _uncount_mails(self, mails: MailBatch) -> None:
        await self._counts.give_back(self._mails.attempts(mails.sender, mails.recipients))

    @asynccontextmanager
    async def _if_rejected(self, attempt: Attempt) -> AsyncIterator[None]:
        await self._counts.take([attempt])
        async with self._give_back_unless_rejected(attempt):
            yield

    @asynccontextmanager
    async def _give_back_unless_rejected(self, attempt: Attempt) -> AsyncIterator[None]:
        rejected = False
        try:
            yield
        except MutationRejected:
            rejected = True
            raise
        finally:
            if not rejected:
                await self._counts.give_back([attempt])

    async def check_client(self, client_id: UUID | None, address: str | None) -> None:
        """Check whether an API client may authenticate from the address; None stands for every id that can't be a
        client's. Counts nothing: many programs of a client may start at once. Raises `MutationRejected`
        (RATE_LIMITED)."""
        await self._counts.check(self._of_client(client_id, address))

    async def reject_client(self, client_id: UUID | None, address: str | None) -> None:
        """Count a failed authentication of an API client. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._counts.take([self._of_client(client_id, address)])

    def _of_client(self, client_id: UUID | None, address: str | None) -> Attempt:
        source = source_of(address)
        by_address = self.rates.client_address, ("client address", source)
        by_both = self.rates.client_and_address, ("client and address", str(client_id), source)
        return Attempt((by_address, by_both))

    async def issue_access_token(self, client_id: UUID) -> None:
        """Count an access token issued to an API client. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.access_tokens, ("access token", str(client_id))))

    async def check_email_availability(self, user_id: UUID, paths: Sequence[tuple[str, ...]]) -> None:
        """Count an admin's lookups of whether an email is free, one at each path. Raises `MutationRejected`
        (RATE_LIMITED) at the path of the first that is one too many."""
        counts = ((self.rates.email_availability, ("email availability", str(user_id))),)
        await self._counts.take([Attempt(counts, path) for path in paths])

    async def deny_access(self, user_id: UUID) -> None:
        """Count an access denial. Raises `MutationRejected` (RATE_LIMITED) if there were too many."""
        await self._take((self.rates.access_denials, ("access denial", str(user_id))))

    async def check_policy(self, user_id: UUID, *path: str) -> None:
        """Count a check of an edit of the policy. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.check_policy, ("check policy", str(user_id))), *path)

    async def compare_policies(self, user_id: UUID, *path: str) -> None:
        """Count a comparison of an edit of the policy. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.compare_policies, ("compare policies", str(user_id))), *path)

    async def use_provider(self, address: str | None) -> None:
        """Count a step of a sign-in at a provider. Raises `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.single_sign_on_address, ("single sign-on", source_of(address))))

    async def ask_provider(self, user_id: UUID, *path: str) -> None:
        """Count a request to a provider, or to the DNS, that an admin causes. Raises `MutationRejected`
        (RATE_LIMITED)."""
        await self._take((self.rates.ask_provider, ("ask provider", str(user_id))), *path)

    async def create_access_review(self, organization_id: UUID) -> None:
        """Count an access review of an organization, by any user. Raises `MutationRejected` (RATE_LIMITED)."""
        count = self.rates.create_access_review, ("access review", str(organization_id))
        await self._take(count, "input", "organization")

    async def ask_webhook(self, organization_id: UUID) -> None:
        """Count a test of a webhook, or an event that is sent to it again, in an organization, by any user. Raises
        `MutationRejected` (RATE_LIMITED)."""
        await self._take((self.rates.ask_webhook, ("webhook", str(organization_id))), "input", "id")

    async def request_password_reset(self, email: str, address: str | None, user_id: UUID | None = None) -> None:
        """Count a request for a password reset, whether or not a user has this email. `user_id` is the signed-in
        sender, for whom it counts as a mail. Raises `MutationRejected` (RATE_LIMITED)."""
        source = source_of(address)
        counts = (
            # The address first: an address that must wait must not leave counts for further emails that it tries.
            (self.rates.password_reset_address, ("password reset address", source)),
            *(self._mails.of_sender(user_id) if user_id else ()),
            (self.rates.password_reset_email_and_address, ("password reset email and address", email, source)),
            (self.rates.password_reset_email, ("password reset email", email)),
        )
        await self._counts.take([Attempt(counts)])

    async def _take(self, count: Count, *path: str) -> None:
        await self._counts.take([Attempt((count,), path)])
