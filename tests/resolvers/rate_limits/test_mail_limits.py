"""No admin can fill a mailbox, whichever mutation sends the mail, and honest admins notice nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from limits import RateLimitItemPerHour

from app.demo.fixed_ids import named_key
from models import Audience, Permission, UserKind
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.passwords import request_password_reset
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization, create_organization
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.invite import Invitations, InviteMode, invite_users
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.rate_limits.counting import Counts
from resolvers.rate_limits.database_counts import DatabaseCounts
from resolvers.rate_limits.limiter import CountedMails, MailBatch, RateLimited, RateLimiter, Rates
from resolvers.rate_limits.mail_limits import MailLimits, MailRates, MailSender, mailbox_of
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.resolver_fixtures import SOUTH, acting, caller, client_of, contents, problems, rows, run, token_of

ADA, PAT = "ada@acme.example", "pat@acme.example"
ACCESS = AccountAccess(Audience.ORGANIZATION, permissions=(Permission.SITES_SERVICES_VIEW,), contract_accounts=(SOUTH,))


def new_user(email: str) -> NewUser:
    return NewUser(email, "New", "User", ACCESS, UserKind.PERSONAL)


def limited(writing: MutationContext, **rates: int) -> MutationContext:
    """The context with other limits per hour."""
    items = {name: (RateLimitItemPerHour(rate, 1),) for name, rate in rates.items()}
    return replace(writing, limits=RateLimiter(mail_rates=replace(MailRates(), **items)))


async def mails(writing: MutationContext, domain: str = "%") -> int:
    [row] = await rows(writing, "SELECT count(*) FROM outbox_mails WHERE recipient LIKE :domain", domain=domain)
    return int(row.count)


async def refusal(writing: MutationContext, attempt: Awaitable[object]) -> tuple[list[tuple[str, str]], int | None]:
    """The problems of an attempt, which must change nothing, and the seconds to wait."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await attempt
    assert await contents(writing) == before
    return problems(rejection.value), rejection.value.problems[0].retry_after


async def test_resending_stops_at_five_mails_an_hour_and_says_when_to_go_on(writing: MutationContext) -> None:
    ada, pat = await caller(writing, ADA), named_key(PAT)
    before = await mails(writing)
    for _ in range(5):
        await run_in_transaction(writing, ada, lambda work: resend_activation(work, pat))
    again = run_in_transaction(writing, ada, lambda work: resend_activation(work, pat))
    found, seconds = await refusal(writing, again)
    assert found == [("RATE_LIMITED", "input.id")]
    assert seconds is not None
    assert 0 < seconds <= 3600
    assert await mails(writing) == before + 5


async def test_removing_and_restoring_does_not_get_around_it(writing: MutationContext) -> None:
    ada, sue = await caller(writing, ADA), named_key("sue@acme.example")
    for _ in range(5):
        await run_in_transaction(writing, ada, lambda work: remove_user(work, sue))
        await run_in_transaction(writing, ada, lambda work: restore_user(work, sue))
    await run_in_transaction(writing, ada, lambda work: remove_user(work, sue))
    restoring = run_in_transaction(writing, ada, lambda work: restore_user(work, sue))
    assert (await refusal(writing, restoring))[0] == [("RATE_LIMITED", "input.id")]


async def test_addresses_with_a_plus_are_one_mailbox(writing: MutationContext) -> None:
    ada = await caller(writing, ADA)
    for number in range(20):
        user = new_user(f"victim+{number}@elsewhere.example")
        await run_in_transaction(writing, ada, lambda work, user=user: create_user(work, user))  # type: ignore[misc]
    creating = run_in_transaction(writing, ada, lambda work: create_user(work, new_user("victim@elsewhere.example")))
    assert (await refusal(writing, creating))[0] == [("RATE_LIMITED", "input.email")]
    emails = ["fine@elsewhere.example", "victim+20@elsewhere.example"]
    outcome = await invite_users(writing, ada, Invitations(emails, ACCESS, InviteMode.AS_MANY_AS_POSSIBLE))
    assert [(problem.code, problem.path) for problem in outcome.problems] == [
        ("RATE_LIMITED", ("input", "emails", "1"))
    ]
    assert await mails(writing, "%elsewhere.example") == 20


async def test_five_hundred_invitations_pass(writing: MutationContext) -> None:
    ada = await caller(writing, ADA)
    emails = [f"person.{number}@large.example" for number in range(500)]
    outcome = await invite_users(writing, ada, Invitations(emails, ACCESS))
    assert outcome.problems == ()
    assert await mails(writing, "%large.example") == 500


async def test_all_mails_of_an_admin_and_their_clients_count_together(writing: MutationContext) -> None:
    tight = limited(writing, sender=3)
    ada, sam = await caller(tight, ADA), await caller(tight, "sam@acme.example")
    await run_in_transaction(tight, ada, lambda work: create_user(work, new_user("one@new.example")))
    program = await acting(tight, token_of(await client_of(tight, ADA)))
    await run_in_transaction(tight, program, lambda work: resend_activation(work, named_key(PAT)))
    await request_password_reset(tight, ada, "ben@acme.example")
    for email in ("sue@acme.example", "nobody@acme.example", "max@globex.example"):
        # The same for every email, so the answer does not reveal who has it.
        assert (await refusal(tight, request_password_reset(tight, ada, email)))[0] == [("RATE_LIMITED", "")]
    inviting = await invite_users(tight, ada, Invitations(["two@new.example", "three@new.example"], ACCESS))
    assert [(problem.code, problem.path) for problem in inviting.problems] == [("RATE_LIMITED", ("input", "emails"))]
    await run_in_transaction(tight, sam, lambda work: create_user(work, new_user("four@new.example")))


async def test_onboarding_counts_too(writing: MutationContext) -> None:
    tight = limited(writing, sender=1)
    staff = await caller(tight, "staff@portico.example")

    def onboard(number: int) -> Awaitable[object]:
        admin = FirstAdmin(f"first.{number}@new.example", "First", "Admin")
        return run_in_transaction(
            tight, staff, lambda work: create_organization(work, NewOrganization(f"New {number}", admin))
        )

    await onboard(1)
    assert (await refusal(tight, onboard(2)))[0] == [("RATE_LIMITED", "input.admin.email")]


async def test_mails_that_are_not_sent_do_not_count(writing: MutationContext) -> None:
    ada = await caller(writing, ADA)
    dry = Invitations(["dry@new.example"], ACCESS, dry_run=True)
    for _ in range(10):
        assert (await invite_users(writing, ada, dry)).problems == ()
    await run(
        writing, "ALTER TABLE outbox_mails ADD CONSTRAINT defect CHECK (recipient <> 'dry@new.example') NOT VALID"
    )
    for _ in range(10):
        with pytest.raises(Exception, match="defect"):
            await run_in_transaction(writing, ada, lambda work: create_user(work, new_user("dry@new.example")))
    await run(writing, "ALTER TABLE outbox_mails DROP CONSTRAINT defect")
    await run_in_transaction(writing, ada, lambda work: create_user(work, new_user("dry@new.example")))


async def test_visitors_who_ask_for_a_reset_are_told_the_same_for_every_email(writing: MutationContext) -> None:
    tight = limited(writing, address=1, mailbox=1, sender=1)
    for _ in range(3):
        for email in ("ben@acme.example", "nobody@acme.example"):
            await request_password_reset(tight, Caller(address="192.0.2.1"), email)
    assert await mails(writing, "ben@acme.example") == 3


def test_the_counts_of_another_organization_do_not_show() -> None:
    limits, counts = MailLimits(MailRates()), Counts()
    take: Callable[[str], object] = lambda organization: counts.take_all(  # noqa: E731
        limits.attempts(
            MailSender(named_key(f"admin of {organization}"), named_key(organization)), [("shared@x.example", ())]
        )
    )
    for _ in range(5):
        take("one")
    with pytest.raises(MutationRejected):
        take("one")
    take("two")


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [("a@x.example", "a@x.example"), ("a+b+c@x.example", "a@x.example"), ("+b@x.example", "+b@x.example")],
)
def test_a_mailbox_is_the_address_without_its_tag(email: str, mailbox: str) -> None:
    assert mailbox_of(email) == mailbox


@pytest.mark.parametrize("in_database", [False, True])
async def test_a_creation_counts_even_if_only_its_mail_is_one_too_many(
    writing: MutationContext, in_database: bool
) -> None:
    """Else the error of the mail would tell, as often as one likes, that the email is free."""
    counts = DatabaseCounts(writing.engine, b"k" * 32) if in_database else None
    rates, mail_rates = Rates(create_user=RateLimitItemPerHour(2, 1)), MailRates(address=(RateLimitItemPerHour(1, 1),))
    limiter, admin, path = RateLimiter(rates, mail_rates=mail_rates, counts=counts), named_key(ADA), ("input", "email")
    batch = MailBatch(MailSender(admin, None), [("new@new.example", path)])

    async def attempt() -> CountedMails:
        async with limiter.create_user(admin, path, batch) as counted:
            if counted.problem is not None:
                raise counted.problem
            return counted

    first = await attempt()
    await first.uncount()
    await first.uncount()
    await attempt()
    for _ in range(2):
        with pytest.raises(RateLimited):
            await attempt()
    with pytest.raises(RateLimited):
        async with limiter.create_user(admin, path, replace(batch, recipients=())):
            raise AssertionError("two attempts were made")


async def test_mails_to_emails_that_were_taken_meanwhile_do_not_count(writing: MutationContext) -> None:
    writing = limited(writing, address=1)
    sender, path = MailSender(named_key(ADA), None), ("input", "emails", "0")
    batch = MailBatch(sender, [("one@new.example", path), ("two@new.example", path)])
    async with writing.limits.invite_users(named_key(ADA), 2, batch) as invitations:
        await invitations.mails.uncount({("two@new.example", path)})
    found = await writing.limits.mail_problems(sender, batch.recipients)
    assert [problem is None for problem in found] == [False, True]
    await invitations.mails.uncount()
    assert await writing.limits.mail_problems(sender, batch.recipients) == [None, None]
