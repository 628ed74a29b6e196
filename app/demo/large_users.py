"""Generates the users of one organization of the large data set: both audiences, every state, varied access."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.demo import large_names as names
from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft, ascii_word
from app.demo.large_teams import ACCOUNTS, TeamMember, team
from models import Audience, Permission, UserKind


class Role(StrEnum):
    """The first users of each organization. The value is the local part of the email."""

    ADMIN = "admin"
    LIMITED_ADMIN = "limited-admin"
    DELIVERY_ADMIN = "delivery-admin"
    MEMBER = "member"


ROLES = tuple(Role)
ABOUT = {
    Role.ADMIN: "admin, all contract and delivery accounts, every permission",
    Role.LIMITED_ADMIN: "admin limited to a list of accounts",
    Role.DELIVERY_ADMIN: "admin of delivery accounts: all contract accounts, a list of delivery accounts",
    Role.MEMBER: "no admin, a list of accounts",
}

VIEW, MANAGE = Permission.SITES_SERVICES_VIEW, Permission.USER_MANAGEMENT
ADMIN = frozenset({VIEW, MANAGE})
OTHER_PERMISSIONS = tuple(permission for permission in Permission if permission not in ADMIN)
TEAMS = (
    *team(ROLES.index(Role.LIMITED_ADMIN), Audience.ORGANIZATION, all_contract_accounts=False),
    *team(ROLES.index(Role.DELIVERY_ADMIN), Audience.DELIVERY, all_contract_accounts=True),
)
"""The users after those of `ROLES`."""
FIRST_OTHER = len(ROLES) + len(TEAMS)
# Shares of the users or grants, or of those that can have the property at all.
DELIVERY_AUDIENCE, MORE_ADMINS, GROUPS, PHONES = 0.3, 0.1, 0.1, 0.8
ALL_CONTRACTS, ALL_DELIVERIES_TOO = 0.1, 0.5
ENDING = 0.05
NEVER_SIGNED_IN = 33
"""One in so many activated users has never signed in."""

STATES = ("active",) * 88 + ("pending",) * 5 + ("expired",) * 4 + ("removed",) * 3


@dataclass(frozen=True)
class DraftUser:
    """A user being generated; `number` counts within the organization, the users of `ROLES` and `TEAMS` first.

    `accounts` is the number of accounts of each kind granted to a user who doesn't have all of them. They are some of
    those of the `leader`, the number of another user, if there is one.
    """

    id: UUID
    created_at: datetime
    number: int
    state: str
    audience: Audience
    permissions: tuple[Permission, ...]
    all_contract_accounts: bool
    all_delivery_accounts: bool
    accounts: int
    email: str
    kind: UserKind
    first_name: str
    last_name: str
    leader: int | None = None

    @property
    def is_activated(self) -> bool:
        """Whether the user has or had a password."""
        return self.state in ("active", "removed")


def draft_users(draft: Draft) -> list[DraftUser]:
    """The users. Those of `ROLES` are active."""
    known = [_with_role(draft, number, role) for number, role in enumerate(ROLES)]
    known += [_in_team(draft, number, member) for number, member in enumerate(TEAMS, len(ROLES))]
    return [*known, *(_person(draft, number) for number in range(len(known), draft.shape.users))]


def _with_role(draft: Draft, number: int, role: Role) -> DraftUser:
    audience = Audience.DELIVERY if role is Role.DELIVERY_ADMIN else Audience.ORGANIZATION
    permissions = {
        Role.ADMIN: tuple(Permission),
        Role.LIMITED_ADMIN: (VIEW, Permission.SUPPORT_VIEW, Permission.DEVELOPER_PORTAL, MANAGE),
        Role.DELIVERY_ADMIN: (VIEW, Permission.DEVELOPER_PORTAL, MANAGE),
        Role.MEMBER: (VIEW,),
    }[role]
    access = (role in (Role.ADMIN, Role.DELIVERY_ADMIN), role is Role.ADMIN)
    accounts = draft.shape.grants[len(draft.shape.grants) // 2] if role is Role.MEMBER else draft.shape.admin_grants
    person = UserKind.PERSONAL, draft.random.choice(names.FIRST_NAME), draft.random.choice(names.LAST_NAME)
    start = (*draft.next_key(), number, "active", audience, permissions, *access, accounts)
    return DraftUser(*start, f"{role}@{draft.domain}", *person)


def _in_team(draft: Draft, number: int, member: TeamMember) -> DraftUser:
    mailbox, *person = _identity(draft, number)
    start = (*draft.next_key(), number, member.state, member.audience, member.permissions)
    access = member.all_contract_accounts, False, ACCOUNTS
    return replace(DraftUser(*start, *access, f"{mailbox}@{draft.domain}", *person), leader=member.leader)


def _person(draft: Draft, number: int) -> DraftUser:
    random = draft.random
    audience = Audience.DELIVERY if random.random() < DELIVERY_AUDIENCE else Audience.ORGANIZATION
    held = {VIEW, *random.sample(OTHER_PERMISSIONS, random.randrange(5))}
    if random.random() < MORE_ADMINS:
        held.add(MANAGE)
    all_contract = random.random() < ALL_CONTRACTS
    all_delivery = all_contract and audience is Audience.ORGANIZATION and random.random() < ALL_DELIVERIES_TOO
    permissions = tuple(permission for permission in Permission if permission in held)
    access = (permissions, all_contract, all_delivery, random.choice(draft.shape.grants))
    mailbox, *person = _identity(draft, number)
    start = (*draft.next_key(), number, random.choice(STATES), audience)
    return DraftUser(*start, *access, f"{mailbox}@{draft.domain}", *person)


def _identity(draft: Draft, number: int) -> tuple[Any, ...]:
    """The local part of the email, kind, first name, last name."""
    random = draft.random
    if random.random() < GROUPS:
        team = random.choice(names.TEAM)
        return f"{team}-{number}", UserKind.GROUP, team.replace("-", " ").capitalize(), "Team"
    first, last = random.choice(names.FIRST_NAME), random.choice(names.LAST_NAME)
    return f"{ascii_word(first)}.{ascii_word(last)}.{number}", UserKind.PERSONAL, first, last


def user_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """The rows of the users."""
    for user in users:
        yield (
            user.id,
            user.created_at,
            draft.id,
            user.kind,
            user.audience,
            user.email,
            user.first_name,
            user.last_name,
            *_phone(draft),
            user.all_contract_accounts,
            user.all_delivery_accounts,
            draft.password_hash if user.is_activated else None,
            user.created_at + timedelta(hours=3) if user.is_activated else None,
            user.created_at + timedelta(days=60) if user.state == "removed" else None,
            _last_sign_in(draft, user),
        )


def _last_sign_in(draft: Draft, user: DraftUser) -> datetime | None:
    """Some activated users have never signed in, the others within the last year, or before they were removed."""
    if not user.is_activated or user.number % NEVER_SIGNED_IN == NEVER_SIGNED_IN - 1:
        return None
    if user.state == "removed":
        return user.created_at + timedelta(days=59)
    return draft.now - timedelta(minutes=user.number * 7_919 % (365 * 24 * 60))


def _phone(draft: Draft) -> tuple[str | None, str]:
    random = draft.random
    country, start, digits = random.choice(names.PHONE)
    phone = f"{start}{random.randrange(10**digits):0{digits}}" if random.random() < PHONES else None
    return phone, country


def permission_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """The rows of their permissions."""
    for user in users:
        for permission in user.permissions:
            can_end = permission is not VIEW and user.number >= FIRST_OTHER
            yield user.id, draft.id, permission, _end(draft) if can_end else None


def contract_grant_rows(draft: Draft, users: list[DraftUser], accounts: list[Row]) -> Iterator[Row]:
    """Contract accounts for each user who doesn't have all of them."""
    return _grant_rows(draft, [user for user in users if not user.all_contract_accounts], accounts)


def delivery_grant_rows(draft: Draft, users: list[DraftUser], accounts: list[Row]) -> Iterator[Row]:
    """Delivery accounts for each user who doesn't have all of them."""
    return _grant_rows(draft, [user for user in users if not user.all_delivery_accounts], accounts)


def _grant_rows(draft: Draft, users: list[DraftUser], accounts: list[Row]) -> Iterator[Row]:
    led = {user.leader for user in users}
    of_leaders: dict[int | None, list[Row]] = {}
    for user in users:
        sampled = draft.random.sample(of_leaders.get(user.leader, accounts), user.accounts)
        if user.number in led:
            of_leaders[user.number] = sampled
        for account in sampled:
            yield user.id, draft.id, account[0], _end(draft) if user.number >= FIRST_OTHER else None


def _end(draft: Draft) -> datetime | None:
    if draft.random.random() >= ENDING:
        return None
    return draft.now + draft.shape.first_end + timedelta(days=draft.random.randrange(365))
