"""Shared by the tests of what the background looks after: ends of access, sign-ins in the past, rounds, and mails."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.mutations.upkeep.rounds import run_next
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import rows, run

NOW = datetime.now(UTC).replace(microsecond=0)


async def end(writing: MutationContext, email: str, grant: str, days: float) -> None:
    """Let a user's grant end in this number of days: a permission, or the name of an account."""
    values = {"user": named_key(email), "ends_at": NOW + timedelta(days=days), "grant": grant}
    updates = [
        "UPDATE user_permissions SET ends_at = :ends_at WHERE user_id = :user AND permission = :grant",
        *(
            f"UPDATE {kind}_grants SET ends_at = :ends_at FROM {kind}_accounts a "
            f"WHERE {kind}_grants.organization_id = a.organization_id AND user_id = :user AND a.id = {kind}_account_id "
            "AND a.name = :grant"
            for kind in ("contract", "delivery")
        ),
    ]
    for update in updates:
        await run(writing, update, **values)


async def silent(writing: MutationContext, email: str, days: float) -> None:
    """Let a user have activated and signed in last this number of days ago."""
    at = NOW - timedelta(days=days)
    update = "UPDATE users SET activated_at = :at, last_sign_in_at = :at WHERE id = :user"
    await run(writing, update, user=named_key(email), at=at)


async def round_(writing: MutationContext) -> None:
    """Run all steps that are due now, as if the pause after the last round were over."""
    await run(writing, "UPDATE access_upkeep SET due_at = now()")
    while await run_next(writing, Caller()):
        pass


async def told(writing: MutationContext, kind: str = "ACCESS_ENDS") -> dict[str, list[str]]:
    """What the mails of this kind in the outbox list, by recipient: `user: what`, or `own: what`. Empties the outbox.
    Asserts that nobody got two."""
    mails = await rows(writing, 'SELECT recipient, "values" FROM outbox_mails WHERE kind = :kind ORDER BY 1', kind=kind)
    assert len({mail.recipient for mail in mails}) == len(mails)
    await run(writing, "DELETE FROM outbox_mails")
    return {mail.recipient: [_line(entry) for entry in mail.values["entries"]] for mail in mails}


def _line(entry: dict[str, Any]) -> str:
    whose = "own" if entry["is_own"] else entry["email"].partition("@")[0]
    return f"{whose}: {entry['permission'] or entry['account']}"
