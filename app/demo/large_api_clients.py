"""Generates the API clients of one organization of the large data set, and their secrets."""

from collections.abc import Iterator
from datetime import timedelta

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_users import DraftUser
from models import Permission, Scope

USERS_PER_CLIENT = 20
REVOKED, USED = 0.1, 0.7
PURPOSES = ("Billing export", "Inventory sync", "Monitoring", "Order import", "Reporting", "Ticket bridge")


def client_rows(draft: Draft, users: list[DraftUser]) -> list[Row]:
    """Clients of the admin, and of users who may have some."""
    owners = [user for user in users if user.state == "active" and Permission.DEVELOPER_PORTAL in user.permissions]
    count = max(2, len(users) // USERS_PER_CLIENT)
    return [_client(draft, number, owners) for number in range(count)]


def _client(draft: Draft, number: int, owners: list[DraftUser]) -> Row:
    random = draft.random
    owner = owners[0] if number == 0 else random.choice(owners)
    row_id, at = draft.next_key()
    scopes = Scope.in_order(random.sample([Scope.BILLING_READ, Scope.USERS_WRITE], random.randrange(2)))
    name = f"{random.choice(PURPOSES)} {number + 1}"
    used_at = at + timedelta(hours=1) if random.random() < USED else None
    revoked_at = at + timedelta(days=30) if number and random.random() < REVOKED else None
    return row_id, at, draft.id, owner.id, name, [Scope.BASIC_READ, *scopes], used_at, revoked_at


def secret_rows(draft: Draft, clients: list[Row]) -> Iterator[Row]:
    """One secret of each client, and a retired one of every second. No secret matches the random hashes."""
    for number, client in enumerate(clients):
        for retired in (True, False)[number % 2 :]:
            row_id, at = draft.next_key()
            hint = f"{draft.random.randrange(16**4):04x}"
            retired_at = at + timedelta(days=7) if retired else None
            yield row_id, at, client[0], draft.random.randbytes(32), hint, retired_at
