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
    """Clients of the admin, with all scopes, and of the developers of the teams; then those of any users who may have
    some. Of these, the first is revoked, and some others are."""
    owners = [user for user in users if user.state == "active" and Permission.DEVELOPER_PORTAL in user.permissions]
    first = [owners[0], *(owner for owner in owners if owner.leader is not None)]
    count = max(len(first) + 1, len(users) // USERS_PER_CLIENT)
    drawn = [draft.random.choice(owners) for _ in range(len(first), count)]
    shares = [0] * len(first) + [1] + [REVOKED] * len(drawn)
    return [_client(draft, number, owner, shares[number]) for number, owner in enumerate([*first, *drawn])]


def _client(draft: Draft, number: int, owner: DraftUser, revoked: float) -> Row:
    random = draft.random
    row_id, at = draft.next_key()
    most = [Scope.BILLING_READ, Scope.USERS_WRITE]
    scopes = Scope.in_order(random.sample(most, random.randrange(2)) if number else [*most, Scope.EVENTS_READ])
    name = f"{random.choice(PURPOSES)} {number + 1}"
    used_at = at + timedelta(hours=1) if random.random() < USED else None
    revoked_at = at + timedelta(days=30) if random.random() < revoked else None
    return row_id, at, draft.id, owner.id, name, [Scope.BASIC_READ, *scopes], used_at, revoked_at


def secret_rows(draft: Draft, clients: list[Row]) -> Iterator[Row]:
    """One secret of each client, and a retired one of every second. No secret matches the random hashes."""
    for number, client in enumerate(clients):
        for retired in (True, False)[number % 2 :]:
            row_id, at = draft.next_key()
            hint = f"{draft.random.randrange(16**4):04x}"
            retired_at = at + timedelta(days=7) if retired else None
            yield row_id, at, client[0], draft.random.randbytes(32), hint, retired_at
