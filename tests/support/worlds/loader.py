"""Stores worlds of `tests/support/worlds/models.py` in a migrated database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.demo.bulk_copy import enter_emails
from models import tenant_of
from tests.support.worlds.clients import CLIENT_COLUMNS, client_record
from tests.support.worlds.events import EVENT_COLUMNS, event_record
from tests.support.worlds.expiry import ENDED
from tests.support.worlds.models import ACTIVATED, EVERY, INVITED, Account, State, User, World, key
from tests.support.worlds.requests import REQUEST_COLUMNS, request_record
from tests.support.worlds.reviews import ENTRY_COLUMNS, REVIEW_COLUMNS, entry_record, review_record


async def empty(connection: Any) -> None:
    """Delete all worlds from the database, audit events and access reviews included, which triggers protect."""
    written = "audit_events", "audit_heads", "access_reviews", "access_review_entries"
    for table in written:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(f"TRUNCATE organizations, users, emails, {', '.join(written)} CASCADE")
    for table in written:
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


async def insert_world(connection: Any, world: World) -> None:
    """Store `world` through the asyncpg `connection`, in its current transaction, if any."""
    now = datetime.now(UTC)
    await _copy(connection, "organizations", "id name", ((each.id, each.name) for each in world.organizations))
    await _copy(
        connection,
        "contract_accounts",
        "id organization_id name vat_number billing_email currency",
        (
            (each.id, each.organization_id, each.name, each.vat_number, each.billing_email, each.currency)
            for each in world.contract_accounts
        ),
    )
    deliveries = ((each.id, each.organization_id, each.name) for each in world.delivery_accounts)
    await _copy(connection, "delivery_accounts", "id organization_id name", deliveries)
    await _copy(
        connection,
        "services",
        "id organization_id contract_account_id delivery_account_id code name status city country",
        (
            (each.id, each.organization_id, each.contract_account_id, each.delivery_account_id, each.code,
             f"Line {each.code}", each.status.value, "Utrecht", "NL")
            for each in world.services
        ),
    )  # fmt: skip
    await _copy(
        connection,
        "users",
        "id organization_id tenant_id staff kind audience email first_name all_contract_accounts all_delivery_accounts"
        " password_hash activated_at removed_at last_sign_in_at",
        (
            (user.id, user.organization_id, tenant_of(user.organization_id), user.staff, user.kind.value,
             user.audience.value, user.email, user.first_name, user.all_contract_accounts, user.all_delivery_accounts,
             "argon2" if user.activated else None, ACTIVATED if user.activated else None, now if user.removed else None,
             user.last_sign_in)
            for user in world.users
        ),
    )  # fmt: skip
    await enter_emails(connection)
    await _copy_granted(connection, world, now)
    await _copy(connection, "api_clients", CLIENT_COLUMNS, map(client_record, world.clients))
    requests = (request_record(request, now) for request in world.requests)
    await _copy(connection, "access_requests", REQUEST_COLUMNS, requests)
    await _copy(connection, "audit_events", EVENT_COLUMNS, map(event_record, world.events))
    await _copy(connection, "access_reviews", REVIEW_COLUMNS, map(review_record, world.reviews))
    await _copy(connection, "access_review_entries", ENTRY_COLUMNS, map(entry_record, world.entries))


async def _copy_granted(connection: Any, world: World, now: datetime) -> None:
    members = [user for user in world.users if not user.staff]
    for table, column, grants, chosen in (
        ("contract_grants", "contract_account_id", _ids(world.contract_accounts), "contract_accounts"),
        ("delivery_grants", "delivery_account_id", _ids(world.delivery_accounts), "delivery_accounts"),
        ("user_permissions", "permission", EVERY, "permissions"),
    ):
        rows = (
            (user.id, user.organization_id, each, dict(user.ends).get(each, ENDED if each in user.ended else None))
            for user in members
            for each in getattr(user, chosen) | (user.ended & grants)
        )
        await _copy(connection, table, f"user_id organization_id {column} ends_at", rows)
    await _copy_invitations(connection, [user for user in world.users if user.state in INVITED], now)


async def _copy_invitations(connection: Any, invited: list[User], now: datetime) -> None:
    await _copy(
        connection,
        "one_time_tokens",
        "id tenant_id user_id purpose token_hash expires_at",
        (
            (link_of(user), tenant_of(user.organization_id), user.id, "ACTIVATION", user.id.bytes,
             now + timedelta(days=7 if user.state is State.PENDING else -1))
            for user in invited
        ),
    )  # fmt: skip
    await _copy(
        connection,
        "outbox_mails",
        "id organization_id tenant_id user_id one_time_token_id kind recipient message_id status attempts server_reply",
        (
            (user.id, user.organization_id, tenant_of(user.organization_id), user.id, link_of(user), "USER_ACTIVATION",
             user.email, f"<{user.id}@x>", user.mail.value, 1, f"said to {user.email}")
            for user in invited
            if user.mail
        ),
    )  # fmt: skip


def _ids(accounts: tuple[Account, ...]) -> frozenset[UUID]:
    return frozenset(account.id for account in accounts)


def link_of(user: User) -> UUID:
    """The key of a user's activation link, if the user has one."""
    return key(user.id.int % 2**40 + 2**41)


async def _copy(connection: Any, table: str, columns: str, rows: Any) -> None:
    records = list(rows)
    if records:
        await connection.copy_records_to_table(table, records=records, columns=columns.split())
