"""Users who are inactive for long are warned, and removed if they stay so: never the last admin, never unwarned."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.mutations.upkeep.settings import update_organization_settings
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.distribution.moved_times import earlier
from tests.support.mail.announcements import end, round_, silent, told
from tests.support.resolver_fixtures import caller, client_of, rows, run

pytestmark = [pytest.mark.invariant("last_admin"), pytest.mark.invariant("removed_users")]

ADA, SAM, SUE, PIA, NOC, DAN, BEN = (
    "ada@acme.example", "sam@acme.example", "sue@acme.example", "pia@pear.example", "noc@pear.example",
    "dan@pear.example", "ben@acme.example",
)  # fmt: skip
OWN = named_key(ACME)
REMOVED = "SELECT email FROM users WHERE removed_at > now() - interval '1 hour' ORDER BY 1"


async def remove_after(writing: MutationContext, days: int | None, warning: int = 14) -> None:
    for email in (ADA, SAM, SUE, PIA, NOC, DAN, BEN):
        await silent(writing, email, 0)
    admin = await caller(writing, ADA)
    settings: Any = {"dormant_after_days": days, "dormancy_warning_days": warning}
    await run_in_transaction(writing, admin, lambda work: update_organization_settings(work, OWN, settings))


async def removed(writing: MutationContext) -> list[str]:
    return [user.email for user in await rows(writing, REMOVED)]


async def pass_days(writing: MutationContext, days: int) -> None:
    """Move what has happened into the past."""
    created, at, activated, last = (
        f"{column} = {earlier(column, f'{days} days')}"
        for column in ("created_at", "at", "activated_at", "last_sign_in_at")
    )
    await run(writing, f"UPDATE users SET {activated}, {last}")
    await run(writing, f"UPDATE access_notices SET {created}")
    await run(writing, f"UPDATE access_notices SET {at} WHERE kind = 'DORMANCY'")


async def test_a_dormant_user_is_warned_and_then_removed(writing: MutationContext) -> None:
    await remove_after(writing, 90)
    await silent(writing, SUE, 77)
    await silent(writing, NOC, 75)
    await run(writing, "DELETE FROM outbox_mails")
    begun = datetime.now(UTC)
    await round_(writing)
    ended = datetime.now(UTC)
    warned = await rows(writing, "SELECT recipient, \"values\" -> 'entries' -> 0 AS entry FROM outbox_mails ORDER BY 1")
    assert [mail.recipient for mail in warned] == [ADA, SAM, SUE], "Noc is silent for too short a time"
    for mail in warned:
        assert begun <= datetime.fromisoformat(mail.entry["at"]) - timedelta(days=14) <= ended
    assert (await told(writing, "DORMANT_USERS"))[SUE] == ["own: None"]
    await round_(writing)
    assert await told(writing, "DORMANT_USERS") == {}
    await pass_days(writing, 13)
    await round_(writing)
    assert await removed(writing) == []
    await run(writing, "DELETE FROM outbox_mails")
    await pass_days(writing, 1)
    for _ in range(2):
        await round_(writing)
        assert await removed(writing) == [SUE]
    events = "SELECT changes, actor_id FROM audit_events WHERE kind = 'user.removed' AND subject_id = :id"
    [event] = await rows(writing, events, id=named_key(SUE))
    assert event.actor_id is None
    assert event.changes == {"status": ["ACTIVE", "REMOVED"], "reason": [None, "dormant"]}
    [warning] = await rows(writing, events.replace("user.removed", "user.dormancy_warned"), id=named_key(SUE))
    assert warning.changes is None


async def test_whoever_has_been_silent_for_years_is_warned_first(writing: MutationContext) -> None:
    await remove_after(writing, 30, 7)
    await silent(writing, SUE, 1_000)
    await round_(writing)
    assert SUE in await told(writing, "DORMANT_USERS")
    await pass_days(writing, 6)
    await round_(writing)
    assert await removed(writing) == []
    await pass_days(writing, 1)
    await round_(writing)
    assert await removed(writing) == [SUE]


@pytest.mark.parametrize("how", ["signs in", "gets a token for a program", "activates again"])
async def test_whoever_is_active_after_the_warning_stays(writing: MutationContext, how: str) -> None:
    client = await client_of(writing, BEN)
    await remove_after(writing, 90)
    await silent(writing, BEN, 80)
    await round_(writing)
    assert BEN in await told(writing, "DORMANT_USERS")
    await pass_days(writing, 20)
    statement = {
        "signs in": "UPDATE users SET last_sign_in_at = now() WHERE id = :id",
        "gets a token for a program": "UPDATE api_clients SET last_used_at = now() WHERE owner_id = :id",
        "activates again": "UPDATE users SET activated_at = now() WHERE id = :id",
    }[how]
    await run(writing, statement, id=named_key(BEN))
    await round_(writing)
    assert BEN not in await removed(writing)
    assert await rows(writing, "SELECT 1 FROM api_clients WHERE id = :id AND revoked_at IS NOT NULL", id=client) == []
    assert await rows(writing, "SELECT 1 FROM access_notices WHERE user_id = :id", id=named_key(BEN)) == []


async def test_the_last_admin_is_neither_warned_nor_removed(writing: MutationContext) -> None:
    await remove_after(writing, 30)
    for email in (ADA, SAM):
        await silent(writing, email, 500)
    await round_(writing)
    assert ADA not in {
        entry.partition(":")[0] for line in (await told(writing, "DORMANT_USERS")).values() for entry in line
    }
    warned = await rows(writing, "SELECT user_id FROM access_notices WHERE kind = 'DORMANCY'")
    assert [notice.user_id for notice in warned] == [named_key(SAM)]
    await pass_days(writing, 15)
    await round_(writing)
    assert ADA not in await removed(writing)
    assert SAM in await removed(writing)


async def test_of_two_dormant_admins_one_stays(writing: MutationContext) -> None:
    """Both are warned, as each could be removed; the one who was active last stays."""
    for statement in (
        "UPDATE users SET all_contract_accounts = true WHERE id = :id",
        "DELETE FROM contract_grants WHERE user_id = :id",
    ):
        await run(writing, statement, id=named_key(SAM))
    await remove_after(writing, 30)
    await silent(writing, ADA, 400)
    await silent(writing, SAM, 300)
    await round_(writing)
    await pass_days(writing, 15)
    await round_(writing)
    assert [email for email in await removed(writing) if email in (ADA, SAM)] == [ADA]


async def test_pending_users_are_left_alone(writing: MutationContext) -> None:
    """They have never had access: their activation link expires by itself."""
    await remove_after(writing, 30)
    await run(writing, "UPDATE users SET created_at = now() - interval '2 years'")
    await round_(writing)
    await pass_days(writing, 20)
    await round_(writing)
    assert not {"pat@acme.example", "eve@acme.example"} & set(await removed(writing))


async def test_nobody_is_removed_without_the_setting_or_in_another_organization(writing: MutationContext) -> None:
    await remove_after(writing, None)
    for email in (SUE, "max@globex.example"):
        await silent(writing, email, 900)
    await round_(writing)
    assert await told(writing, "DORMANT_USERS") == {}
    await pass_days(writing, 30)
    await round_(writing)
    assert await removed(writing) == []


async def test_many_are_removed_in_steps_by_any_number_of_servers(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.mutations.upkeep.removal.REMOVED_AT_ONCE", 1)
    monkeypatch.setattr("resolvers.mutations.upkeep.rounds.REMOVED_AT_ONCE", 1)
    await remove_after(writing, 30)
    for email in (SUE, PIA, NOC, BEN):
        await silent(writing, email, 100)
    await end(writing, BEN, "BILLING_VIEW", 2)
    await round_(writing)
    await pass_days(writing, 14)
    for email in (ADA, SAM, DAN):
        await silent(writing, email, 0)
    await asyncio.gather(*(round_(writing) for _ in range(3)))
    assert await removed(writing) == [BEN, NOC, PIA, SUE]
    events = "SELECT subject_id FROM audit_events WHERE kind = 'user.removed' AND changes ? 'reason'"
    assert len(await rows(writing, events)) == 4
