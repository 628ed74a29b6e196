"""Ends of access are told before they come: to the user and to those who may extend them, and to nobody else, once."""

import asyncio
from datetime import timedelta

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.mutations.upkeep import recipients, rounds
from resolvers.mutations.upkeep.rounds import run_next
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.mail.announcements import NOW, end, round_, told
from tests.support.resolver_fixtures import rows, run

pytestmark = pytest.mark.invariant("announcements")

ADA, SAM, SUE, PIA, DAN, BEN = (
    "ada@acme.example", "sam@acme.example", "sue@acme.example", "pia@pear.example", "dan@pear.example",
    "ben@acme.example",
)  # fmt: skip


async def test_the_user_and_those_who_may_extend_are_told_in_one_mail_each(writing: MutationContext) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    await end(writing, SUE, "ACME South", 13)
    await end(writing, BEN, "BILLING_VIEW", 10)
    await end(writing, PIA, "PEAR Corp", 2)
    await end(writing, PIA, "ACME South", 20)
    await round_(writing)
    assert await told(writing) == {
        ADA: ["pia: PEAR Corp", "ben: BILLING_VIEW", "sue: ACME South"],
        BEN: ["own: BILLING_VIEW"],
        DAN: ["pia: PEAR Corp"],
        PIA: ["own: PEAR Corp"],
        # Sam has ACME South, which delivers to PEAR Corp, but not Ben's permission nor all accounts.
        SAM: ["pia: PEAR Corp", "sue: ACME South"],
        SUE: ["own: ACME South"],
    }
    events = "SELECT subject_id, changes, actor_id FROM audit_events WHERE kind = 'user.end_announced'"
    by_user = {event.subject_id: event for event in await rows(writing, events)}
    assert by_user.keys() == {named_key(email) for email in (SUE, BEN, PIA)}
    ends_at = f"{NOW + timedelta(days=10):%Y-%m-%dT%H:%M:%SZ}"
    billing = by_user[named_key(BEN)]
    assert billing.changes == {"permissionEnds": [None, [{"permission": "BILLING_VIEW", "endsAt": ends_at}]]}
    assert billing.actor_id is None


async def test_each_end_is_told_once_at_each_stage(writing: MutationContext) -> None:
    await end(writing, SUE, "ACME South", 13)
    await round_(writing)
    assert (await told(writing)).keys() == {ADA, SAM, SUE}
    await round_(writing)
    assert await told(writing) == {}
    await run(writing, "UPDATE organizations SET end_notice_days = '{30,13}'")
    await round_(writing)
    assert (await told(writing)).keys() == {ADA, SAM, SUE}, "it has come within a shorter time"
    await run(writing, "UPDATE organizations SET end_notice_days = '{60}'")
    await round_(writing)
    assert await told(writing) == {}, "a longer time is past"


async def test_a_moved_end_is_told_again_and_an_extended_one_is_not(writing: MutationContext) -> None:
    await end(writing, SUE, "ACME South", 13)
    await end(writing, BEN, "BILLING_VIEW", 13)
    await round_(writing)
    await told(writing)
    await end(writing, SUE, "ACME South", 12)
    await end(writing, BEN, "BILLING_VIEW", 90)
    await round_(writing)
    assert await told(writing) == {ADA: ["sue: ACME South"], SAM: ["sue: ACME South"], SUE: ["own: ACME South"]}


async def test_an_end_that_is_extended_between_two_pages_of_recipients_is_not_told_to_the_rest(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "RECIPIENTS_AT_ONCE", 1)
    await end(writing, SUE, "ACME South", 2)
    while not await rows(writing, "SELECT 1 FROM outbox_mails WHERE kind = 'ACCESS_ENDS'"):
        assert await run_next(writing, Caller())
    await end(writing, SUE, "ACME South", 90)
    while await run_next(writing, Caller()):
        pass
    assert len(await told(writing)) == 1


async def test_pending_and_removed_users_are_not_told_nor_are_ends_in_other_organizations(
    writing: MutationContext,
) -> None:
    """They have no access that could end; and Ada hears nothing of Globex."""
    for email in ("pat@acme.example", "eve@acme.example", "rob@acme.example"):
        await end(writing, email, "SUPPORT_VIEW", 2)
        await end(writing, email, "ACME South", 2)
    await end(writing, "max@globex.example", "BILLING_VIEW", 2)
    await round_(writing)
    assert await told(writing) == {"max@globex.example": ["own: BILLING_VIEW"]}


async def test_an_admin_whose_own_access_ends_first_could_not_extend_it(writing: MutationContext) -> None:
    await end(writing, SUE, "ACME South", 5)
    await end(writing, SAM, "ACME South", 4)
    await round_(writing)
    assert await told(writing) == {
        ADA: ["sam: ACME South", "sue: ACME South"],
        SAM: ["own: ACME South"],
        SUE: ["own: ACME South"],
    }
    await end(writing, SAM, "ACME South", 6)
    await end(writing, SUE, "ACME South", 4.5)
    await round_(writing)
    assert (await told(writing))[SAM] == ["sue: ACME South", "own: ACME South"]
    for email, days in ((PIA, 3.5), (SAM, 3.4)):
        await end(writing, email, "SUPPORT_VIEW", days)
    await round_(writing)
    assert SAM in (mails := await told(writing))
    assert mails[SAM] == ["own: SUPPORT_VIEW"]


async def test_nobody_is_told_where_the_setting_is_off(writing: MutationContext) -> None:
    await run(writing, "UPDATE organizations SET end_notice_days = '{}' WHERE id = :id", id=named_key(ACME))
    await end(writing, SUE, "ACME South", 2)
    await round_(writing)
    assert await told(writing) == {}


async def test_a_mail_lists_the_first_ends_and_says_how_many_more_there_are(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "LISTED", 1)
    await end(writing, SUE, "ACME South", 2)
    await end(writing, BEN, "BILLING_VIEW", 1)
    await round_(writing)
    [mail] = await rows(
        writing, "SELECT \"values\" FROM outbox_mails WHERE recipient = :ada AND kind = 'ACCESS_ENDS'", ada=ADA
    )
    assert (len(mail.values["entries"]), mail.values["total"]) == (1, 2)


async def test_more_ends_than_fit_are_told_in_further_rounds_at_once(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.mutations.upkeep.notices.CLAIMED_AT_ONCE", 1)
    await end(writing, BEN, "BILLING_VIEW", 1)
    await end(writing, SUE, "ACME South", 2)
    await round_(writing)
    first = "SELECT \"values\" -> 'entries' -> 0 ->> 'email' AS email FROM outbox_mails"
    listed = f"{first} WHERE kind = 'ACCESS_ENDS' AND recipient = :ada ORDER BY id"
    assert [mail.email for mail in await rows(writing, listed, ada=ADA)] == [BEN, SUE]


@pytest.mark.parametrize("servers", [1, 4])
async def test_any_number_of_servers_tell_everybody_once(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch, servers: int
) -> None:
    """Also if each step is cut off once, just before it commits."""
    monkeypatch.setattr(recipients, "RECIPIENTS_AT_ONCE", 2)
    await end(writing, SUE, "ACME South", 2)
    await end(writing, PIA, "PEAR Corp", 2)

    async def cut_off() -> None:
        organization = await run_in_transaction(writing, Caller(), rounds._next_organization)
        if organization is not None:

            async def step(work: object) -> None:
                await rounds._step(work, organization)  # type: ignore[arg-type]
                raise TimeoutError

            with pytest.raises(TimeoutError):
                await run_in_transaction(writing, Caller(), step)

    async def serve() -> None:
        while True:
            await cut_off()
            if not await run_next(writing, Caller()):
                return

    await asyncio.gather(*(serve() for _ in range(servers)))
    while await run_next(writing, Caller()):
        pass
    assert await told(writing) == {
        ADA: ["pia: PEAR Corp", "sue: ACME South"],
        DAN: ["pia: PEAR Corp"],
        PIA: ["own: PEAR Corp"],
        SAM: ["pia: PEAR Corp", "sue: ACME South"],
        SUE: ["own: ACME South"],
    }
