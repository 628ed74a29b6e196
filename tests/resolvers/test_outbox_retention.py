"""Mails are deleted when the operator keeps them no longer; nothing that somebody still needs is."""

from datetime import timedelta

from models import PLATFORM
from resolvers import outbox_retention
from resolvers.outbox_retention import delete_old_mails
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import caller, make, new_user, rows, run

MONTH = timedelta(days=30)


async def emails(writing: MutationContext) -> list[str]:
    return [row.recipient for row in await rows(writing, "SELECT recipient FROM outbox_mails ORDER BY 1")]


async def test_old_mails_go_and_those_that_are_needed_stay(writing: MutationContext) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    ada = await caller(writing, "ada@acme.example")
    names = ("active", "failed", "new", "pending", "queued", "removed")
    for name in names:
        await make(writing, ada, new_user(email=f"{name}@acme.example"))
    await run(writing, "UPDATE outbox_mails SET status = 'SENT', created_at = now() - interval '31 days'")
    changes = {
        "failed": "UPDATE outbox_mails SET status = 'FAILED' WHERE recipient = :email",
        "new": "UPDATE outbox_mails SET created_at = now() - interval '29 days' WHERE recipient = :email",
        "queued": "UPDATE outbox_mails SET status = 'QUEUED' WHERE recipient = :email",
        "removed": "UPDATE users SET removed_at = now() WHERE email = :email",
    }
    for name, change in changes.items():
        await run(writing, change, email=f"{name}@acme.example")
    activated = "UPDATE users SET activated_at = now(), password_hash = 'x' WHERE email = :email"
    for name in ("active", "failed", "new", "queued"):
        await run(writing, activated, email=f"{name}@acme.example")
    assert await delete_old_mails(writing, MONTH) == 3
    assert await emails(writing) == [f"{name}@acme.example" for name in ("new", "pending", "queued")]
    assert await delete_old_mails(writing, MONTH) == 0


async def test_many_are_deleted_in_batches(writing: MutationContext) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    await run(
        writing,
        "INSERT INTO outbox_mails (id, tenant_id, kind, recipient, message_id, status, created_at) "
        "SELECT gen_random_uuid(), :tenant, 'USER_PASSWORD_RESET', 'a@acme.example', number::text, 'SENT', "
        "'2020-01-01' FROM generate_series(1, :number) AS number",
        tenant=PLATFORM,
        number=outbox_retention.DELETED_AT_ONCE + 5,
    )
    assert await delete_old_mails(writing, MONTH) == outbox_retention.DELETED_AT_ONCE
    assert await delete_old_mails(writing, MONTH) == 5
