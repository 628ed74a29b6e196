"""Who sets up webhooks, what is refused, whose view they have, and that their secrets are stored encrypted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditKind, new_id
from resolvers.errors import MutationRejected
from resolvers.mutations.webhooks.configure import MAX_WEBHOOKS, create_webhook, remove_webhook, update_webhook
from resolvers.mutations.webhooks.requests import resend_webhook_event, send_webhook_test
from resolvers.mutations.webhooks.signing_secrets import decrypted, retire_webhook_secret, rotate_webhook_secret
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.integration.webhooks import ADA, add_webhook, change_webhook
from tests.support.resolver_fixtures import SECRET_KEY, caller, contents, problems, rows, run
from tests.support.second_factors import age_proofs

URL = "https://hooks.example.com/in?token=geheim"
SAM, BEN, MAX, STAFF = "sam@acme.example", "ben@acme.example", "max@globex.example", "staff@portico.example"
KINDS = [AuditKind.USER_UPDATED, AuditKind.USER_CREATED]


async def refusal(writing: MutationContext, who: str, mutation: Any, *arguments: Any) -> list[tuple[str, str]]:
    """The problems with which a mutation is rejected; asserts that it changed nothing."""
    admin = await caller(writing, who)
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(writing, admin, lambda work: mutation(work, *arguments))
    assert await contents(writing) == before
    return problems(rejected.value)


async def test_an_admin_creates_one_and_its_secret_is_stored_encrypted(writing: MutationContext) -> None:
    new = await add_webhook(writing, URL, KINDS)
    [row] = await rows(writing, "SELECT * FROM webhooks")
    assert (row.owner_id, row.url, row.kinds, row.state) == (
        named_key(ADA),
        URL,
        ["user.created", "user.updated"],
        "ACTIVE",
    )
    assert new.secret.encode() not in row.secret
    assert decrypted(SECRET_KEY, row.id, row.secret) == new.secret
    assert decrypted(SECRET_KEY, new_id(), row.secret) is None
    assert decrypted(b"another key", row.id, row.secret) is None
    [event] = await rows(writing, "SELECT changes, subject_id FROM audit_events WHERE kind = 'webhook.created'")
    assert event.subject_id == row.id
    assert event.changes == {
        "url": [None, "https://hooks.example.com/in"],
        "kinds": [None, ["user.created", "user.updated"]],
    }


@pytest.mark.parametrize(
    ("who", "code"), [(SAM, "FORBIDDEN"), (BEN, "FORBIDDEN"), (MAX, "NOT_FOUND"), (STAFF, "FORBIDDEN")]
)
async def test_nobody_else_creates_one(writing: MutationContext, who: str, code: str) -> None:
    assert await refusal(writing, who, create_webhook, named_key(ACME), URL, KINDS) == [(code, "input.organization")]


MUTATIONS = [
    (update_webhook, {"active": False}),
    (remove_webhook,),
    (rotate_webhook_secret,),
    (retire_webhook_secret,),
    (send_webhook_test,),
    (resend_webhook_event, new_id()),
]


@pytest.mark.parametrize("who", [SAM, BEN, MAX, STAFF])
async def test_to_others_it_does_not_exist(writing: MutationContext, who: str) -> None:
    new = await add_webhook(writing, URL, KINDS)
    for mutation, *arguments in MUTATIONS:
        for key in (new.webhook_id, new_id(), None):
            assert await refusal(writing, who, mutation, key, *arguments) == [("NOT_FOUND", "input.id")]


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "ftp://x.example"],
)
async def test_a_url_that_is_not_allowed(writing: MutationContext, url: str) -> None:
    invalid = [("INVALID", "input.url")]
    assert await refusal(writing, ADA, create_webhook, named_key(ACME), url, KINDS) == invalid
    new = await add_webhook(writing, URL, KINDS)
    assert await refusal(writing, ADA, update_webhook, new.webhook_id, {"url": url}) == invalid


async def test_all_problems_are_reported_together(writing: MutationContext) -> None:
    for number in range(MAX_WEBHOOKS):
        await add_webhook(writing, f"https://hooks.example.com/{number}", KINDS)
    found = await refusal(writing, ADA, create_webhook, named_key(ACME), "x", [])
    assert found == [("INVALID", "input.url"), ("INVALID", "input.kinds"), ("LIMIT_REACHED", "")]


async def other_admin(writing: MutationContext) -> str:
    """Makes Ben an admin without limits, too."""
    give = """INSERT INTO user_permissions (organization_id, user_id, permission)
    VALUES (:organization, :id, 'USER_MANAGEMENT')"""
    await run(writing, give, organization=named_key(ACME), id=named_key(BEN))
    await run(
        writing,
        "UPDATE users SET all_delivery_accounts = true, all_contract_accounts = true WHERE id = :id",
        id=named_key(BEN),
    )
    return BEN


async def owner_of(writing: MutationContext, webhook_id: UUID) -> UUID:
    [row] = await rows(writing, "SELECT owner_id FROM webhooks WHERE id = :id", id=webhook_id)
    owner: UUID = row.owner_id
    return owner


@pytest.mark.parametrize(
    ("change", "is_new_owner"),
    [
        ({"url": "https://other.example.com/"}, True),
        ({"kinds": [AuditKind.USER_REMOVED]}, True),
        ({"active": True}, True),
        ({"active": False}, False),
        ({"active": False, "url": "https://other.example.com/"}, True),
    ],
)
async def test_whoever_changes_it_becomes_its_owner(
    writing: MutationContext, change: dict[str, Any], is_new_owner: bool
) -> None:
    new, ben = await add_webhook(writing, URL, KINDS), await other_admin(writing)
    await change_webhook(writing, new.webhook_id, ben, **change)
    assert await owner_of(writing, new.webhook_id) == named_key(ben if is_new_owner else ADA)


async def test_a_change_that_changes_nothing_leaves_no_event(writing: MutationContext) -> None:
    new = await add_webhook(writing, URL, KINDS)
    await change_webhook(writing, new.webhook_id, url=URL, kinds=KINDS, active=True)
    assert await rows(writing, "SELECT 1 FROM audit_events WHERE kind = 'webhook.updated'") == []


async def test_only_events_of_the_last_days_are_replayed(writing: MutationContext) -> None:
    new = await add_webhook(writing, URL, KINDS)
    early = {"replay_since": datetime.now(UTC) - timedelta(days=31)}
    assert await refusal(writing, ADA, update_webhook, new.webhook_id, early) == [("INVALID", "input.replaySince")]
    assert await refusal(writing, ADA, update_webhook, new.webhook_id, {"replay_since": None}) == [
        ("INVALID", "input.replaySince")
    ]


async def test_a_webhook_has_two_secrets_at_most_and_one_at_least(writing: MutationContext) -> None:
    new, ada = await add_webhook(writing, URL, KINDS), await caller(writing, ADA)
    assert await refusal(writing, ADA, retire_webhook_secret, new.webhook_id) == [("LAST_SECRET", "input.id")]
    second = await run_in_transaction(writing, ada, lambda work: rotate_webhook_secret(work, new.webhook_id))
    assert await refusal(writing, ADA, rotate_webhook_secret, new.webhook_id) == [("LIMIT_REACHED", "input.id")]
    await run_in_transaction(writing, ada, lambda work: retire_webhook_secret(work, new.webhook_id))
    [row] = await rows(writing, "SELECT secret, former_secret FROM webhooks")
    assert (decrypted(SECRET_KEY, new.webhook_id, row.secret), row.former_secret) == (second.secret, None)


async def test_only_so_many_requests_are_sent_for_an_organization(writing: MutationContext) -> None:
    new, ada = await add_webhook(writing, URL, KINDS), await caller(writing, ADA)
    for _ in range(writing.limits.rates.ask_webhook.amount):
        await run_in_transaction(writing, ada, lambda work: send_webhook_test(work, new.webhook_id))
    assert await refusal(writing, ADA, send_webhook_test, new.webhook_id) == [("RATE_LIMITED", "input.id")]


async def test_a_test_and_what_is_pending_are_not_sent_again(writing: MutationContext) -> None:
    new, ada = await add_webhook(writing, URL, KINDS), await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: send_webhook_test(work, new.webhook_id))
    await run(writing, "UPDATE webhook_deliveries SET state = 'DELIVERED'")
    [test] = await rows(writing, "SELECT id FROM webhook_deliveries")
    expected = [("NOT_FOUND", "input.delivery")]
    assert await refusal(writing, ADA, resend_webhook_event, new.webhook_id, test.id) == expected
    event = "UPDATE webhook_deliveries SET cause = 'EVENT', event_id = id, sequence = 1, state = 'PENDING'"
    await run(writing, event)
    assert await refusal(writing, ADA, resend_webhook_event, new.webhook_id, test.id) == expected


async def test_removing_it_removes_its_log(writing: MutationContext) -> None:
    new, ada = await add_webhook(writing, URL, KINDS), await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: send_webhook_test(work, new.webhook_id))
    await run_in_transaction(writing, ada, lambda work: remove_webhook(work, new.webhook_id))
    assert await rows(writing, "SELECT 1 FROM webhooks UNION ALL SELECT 1 FROM webhook_deliveries") == []


async def test_an_old_proof_lets_events_go_nowhere_new(writing: MutationContext) -> None:
    new = await add_webhook(writing, URL, KINDS)
    admin = await caller(writing, ADA)
    await age_proofs(writing)

    async def asked(mutation: Any, *arguments: Any) -> list[tuple[str, str]]:
        with pytest.raises(MutationRejected) as rejected:
            await run_in_transaction(writing, admin, lambda work: mutation(work, *arguments))
        return problems(rejected.value)

    old = [("REAUTHENTICATION_REQUIRED", "")]
    assert await asked(create_webhook, named_key(ACME), URL, KINDS) == old
    assert await asked(update_webhook, new.webhook_id, {"url": "https://other.example.com/in"}) == old
    assert await asked(rotate_webhook_secret, new.webhook_id) == old
    # Taking away never asks.
    await run_in_transaction(writing, admin, lambda work: update_webhook(work, new.webhook_id, {"active": False}))
    await run_in_transaction(writing, admin, lambda work: remove_webhook(work, new.webhook_id))
