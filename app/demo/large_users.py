"""Generates the users of one organization of the large data set: both audiences, every state, varied access."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.demo import large_names as names
from app.demo.bulk_copy import Row
from app.demo.large_organization import USERS, Draft, ascii_word
from models import Audience, Permission, TokenPurpose, UserKind

GRANTS = 5
ADMINS = FIRST_ADMIN, LIMITED_ADMIN = "admin", "limited-admin"
ACTIVATION_LIFETIME = timedelta(days=7)

ADMIN = frozenset({Permission.SITES_SERVICES_VIEW, Permission.USER_MANAGEMENT})
OTHER_PERMISSIONS = tuple(permission for permission in Permission if permission not in ADMIN)
# Shares of the users, or of the users who can have the property at all.
DELIVERY_AUDIENCE, MORE_ADMINS, GROUPS, PHONES = 0.3, 0.1, 0.1, 0.8
ALL_CONTRACTS, ALL_DELIVERIES_TOO = 0.1, 0.5
STATES = ("active",) * 88 + ("pending",) * 5 + ("expired",) * 4 + ("removed",) * 3


@dataclass(frozen=True)
class DraftUser:
    """A user being generated; `number` counts within the organization."""

    id: UUID
    created_at: datetime
    number: int
    state: str
    audience: Audience
    permissions: tuple[Permission, ...]
    all_contract_accounts: bool
    all_delivery_accounts: bool


def draft_users(draft: Draft) -> list[DraftUser]:
    """The users. The first two are active admins: one with all access, one with `GRANTS` accounts of each kind."""
    first = DraftUser(*draft.next_key(), 0, "active", Audience.ORGANIZATION, tuple(Permission), True, True)
    permissions = (Permission.SITES_SERVICES_VIEW, Permission.SUPPORT_VIEW, Permission.USER_MANAGEMENT)
    second = DraftUser(*draft.next_key(), 1, "active", Audience.ORGANIZATION, permissions, False, False)
    return [first, second, *(_person(draft, number) for number in range(len(ADMINS), USERS))]


def _person(draft: Draft, number: int) -> DraftUser:
    random = draft.random
    audience = Audience.DELIVERY if random.random() < DELIVERY_AUDIENCE else Audience.ORGANIZATION
    held = {Permission.SITES_SERVICES_VIEW, *random.sample(OTHER_PERMISSIONS, random.randrange(5))}
    if random.random() < MORE_ADMINS:
        held.add(Permission.USER_MANAGEMENT)
    all_contract = random.random() < ALL_CONTRACTS
    all_delivery = all_contract and audience is Audience.ORGANIZATION and random.random() < ALL_DELIVERIES_TOO
    permissions = tuple(permission for permission in Permission if permission in held)
    return DraftUser(
        *draft.next_key(), number, random.choice(STATES), audience, permissions, all_contract, all_delivery
    )


def user_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """The rows of the users."""
    for user in users:
        activated = user.state in ("active", "removed")
        yield (
            user.id,
            user.created_at,
            draft.id,
            *_identity(draft, user),
            user.all_contract_accounts,
            user.all_delivery_accounts,
            draft.password_hash if activated else None,
            user.created_at + timedelta(hours=3) if activated else None,
            user.created_at + timedelta(days=60) if user.state == "removed" else None,
        )


def _identity(draft: Draft, user: DraftUser) -> tuple[Any, ...]:
    """Kind, audience, email, first name, last name, phone, country."""
    random = draft.random
    country, start, digits = random.choice(names.PHONE)
    phone = f"{start}{random.randrange(10**digits):0{digits}}" if random.random() < PHONES else None
    if user.number >= len(ADMINS) and random.random() < GROUPS:
        team = random.choice(names.TEAM)
        title = team.replace("-", " ").capitalize()
        return UserKind.GROUP, user.audience, f"{team}-{user.number}@{draft.domain}", title, "Team", phone, country
    first, last = random.choice(names.FIRST_NAME), random.choice(names.LAST_NAME)
    name = ADMINS[user.number] if user.number < len(ADMINS) else _mailbox(first, last, user.number)
    return UserKind.PERSONAL, user.audience, f"{name}@{draft.domain}", first, last, phone, country


def _mailbox(first: str, last: str, number: int) -> str:
    return f"{ascii_word(first)}.{ascii_word(last)}.{number}"


def permission_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """The rows of their permissions."""
    return ((user.id, draft.id, permission) for user in users for permission in user.permissions)


def contract_grant_rows(draft: Draft, users: list[DraftUser], accounts: list[Row]) -> Iterator[Row]:
    """`GRANTS` contract accounts for each user who doesn't have all of them."""
    listed = (user for user in users if not user.all_contract_accounts)
    return ((user.id, draft.id, row[0]) for user in listed for row in draft.random.sample(accounts, GRANTS))


def delivery_grant_rows(draft: Draft, users: list[DraftUser], accounts: list[Row]) -> Iterator[Row]:
    """`GRANTS` delivery accounts for each user who doesn't have all of them."""
    listed = (user for user in users if not user.all_delivery_accounts)
    return ((user.id, draft.id, row[0]) for user in listed for row in draft.random.sample(accounts, GRANTS))


def activation_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """Activation tokens of pending and expired users. Their hashes are random, so no token matches them."""
    for user in users:
        if user.state in ("pending", "expired"):
            row_id, at = draft.next_key()
            expires_at = (draft.now if user.state == "pending" else at) + ACTIVATION_LIFETIME
            yield row_id, at, user.id, TokenPurpose.ACTIVATION, draft.random.randbytes(32), expires_at
