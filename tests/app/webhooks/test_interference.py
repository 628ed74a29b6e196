"""Nothing that the owner of a webhook may not view goes out: no event, no id, and no gap that tells of one.

Under the shipped policy, only admins whom nothing limits have webhooks. Here the policy lets every admin have them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.demo.fixed_ids import named_key
from authz.access import Access
from models import AuditEvent, AuditKind
from resolvers import public_id
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.transaction.context import MutationContext
from tests.support.integration.webhooks import Receiver, change_webhook, happen, log_of, receiver
from tests.support.policies.every_admin import every_admin_may
from tests.support.resolver_fixtures import NORTH, NORTH_OFFICE, rows, run

pytestmark = pytest.mark.invariant("webhooks")

NOC = named_key("noc@pear.example")
SAM, ADA = "sam@acme.example", "ada@acme.example"
EVERYBODY = [
    *(f"{name}@acme.example" for name in ("ada", "sam", "ben", "sue", "pat", "eve", "rob")),
    *(f"{name}@pear.example" for name in ("dan", "pia", "noc")),
]


@pytest.fixture
async def at(writing: MutationContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receiver]:
    edited = every_admin_may(tmp_path_factory.getbasetemp())
    # Now Sam, who is limited to ACME South, shares nothing with the group any more.
    await run(writing, "UPDATE contract_grants SET contract_account_id = :to WHERE user_id = :noc", to=NORTH, noc=NOC)
    moved = "UPDATE delivery_grants SET delivery_account_id = :to WHERE user_id = :noc"
    await run(writing, moved, to=NORTH_OFFICE, noc=NOC)
    async with receiver(replace(writing, policy=edited)) as found:
        yield found


async def visible_to(at: Receiver, email: str) -> set[str]:
    """The public ids of all events that a user may view."""
    event = AuditEvent.__table__.alias()
    async with at.writing.engine.connect() as connection:
        actor = await load_user_as_actor(connection, named_key(email))
        assert actor is not None
        may = Access(at.writing.policy, actor.traits).may("view", AuditEvent, event)
        found = await connection.execute(select(event.c.id).where(may), actor.identity)
        return {public_id.encode(AuditEvent, key) for key in found.scalars()}


async def test_a_limited_admin_gets_what_they_may_view_and_no_gaps(at: Receiver) -> None:
    await at.add(AuditKind.USER_UPDATED, who=SAM)
    await happen(at.writing, *EVERYBODY)
    await at.work()
    told = [message["data"]["event"] for message in at.messages]
    all_ = await rows(at.writing, "SELECT id FROM audit_events WHERE kind = 'user.updated' ORDER BY number")
    in_order = [public_id.encode(AuditEvent, row.id) for row in all_]
    visible = await visible_to(at, SAM)
    assert told == [event for event in in_order if event in visible]
    assert 0 < len(told) < len(in_order)
    assert at.sequences == list(range(1, len(told) + 1))
    subjects = {message["data"]["subject"] for message in at.messages}
    assert f"usr_{named_key('sue@acme.example')}" in subjects
    assert f"usr_{named_key('noc@pear.example')}" not in subjects


async def test_what_the_owner_may_no_longer_view_is_withheld_also_when_it_is_tried_again(at: Receiver) -> None:
    new = await at.add(AuditKind.USER_UPDATED, who=ADA)
    at.answer(b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    await happen(at.writing, "noc@pear.example", "sue@acme.example")
    await at.work()
    assert at.sequences == [1]
    limit = """UPDATE users SET all_contract_accounts = false, all_delivery_accounts = false
    WHERE email = 'ada@acme.example'"""
    await run(at.writing, limit)
    grant = """INSERT INTO contract_grants (organization_id, user_id, contract_account_id)
    SELECT g.organization_id, :ada, g.contract_account_id FROM contract_grants g WHERE g.user_id = :sue"""
    await run(at.writing, grant, ada=named_key(ADA), sue=named_key("sue@acme.example"))
    await at.later()
    assert [message["data"]["subject"] for message in at.messages] == [
        f"usr_{named_key(email)}" for email in ("noc@pear.example", "sue@acme.example")
    ]
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "WITHHELD", 1), ("EVENT", "DELIVERED", 1)]


async def test_whoever_takes_a_webhook_over_gets_their_own_view_and_not_the_former_owner_s(at: Receiver) -> None:
    new = await at.add(AuditKind.USER_UPDATED, who=ADA)
    await happen(at.writing, "noc@pear.example", "sue@acme.example")
    await change_webhook(at.writing, new.webhook_id, SAM, url=at.url("/sam"))
    await at.work()
    assert [message["data"]["subject"] for message in at.messages] == [f"usr_{named_key('sue@acme.example')}"]
    assert at.sequences == [1]
