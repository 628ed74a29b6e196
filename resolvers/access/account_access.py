"""What a user is given, as a value: audience, permissions, account access, and when some of it ends."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from models import Audience, Permission


class GrantKind(Enum):
    """What users are given one by one. The value of an account is how its public ids begin."""

    PERMISSION = ""
    CONTRACT_ACCOUNT = "ca"
    DELIVERY_ACCOUNT = "da"


@dataclass(frozen=True, slots=True)
class GrantEnd:
    """When one thing that a user is given ends. The key is a permission, or an account's; None for no account's."""

    what: GrantKind
    key: Permission | UUID | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """What a user is to have. None in a list of accounts stands for an id that can be no such account's."""

    audience: Audience
    permissions: tuple[Permission, ...] = ()
    all_contract_accounts: bool = False
    contract_accounts: tuple[UUID | None, ...] = ()
    all_delivery_accounts: bool = False
    delivery_accounts: tuple[UUID | None, ...] = ()
    permission_ends: tuple[GrantEnd, ...] = ()
    account_ends: tuple[GrantEnd, ...] = ()

    def keys(self, what: GrantKind) -> tuple[Any, ...]:
        """The list of permissions, or of the accounts of one kind."""
        return {
            GrantKind.PERMISSION: self.permissions,
            GrantKind.CONTRACT_ACCOUNT: self.contract_accounts,
            GrantKind.DELIVERY_ACCOUNT: self.delivery_accounts,
        }[what]

    def ends(self, what: GrantKind) -> dict[Any, datetime]:
        """When those of that list end that do."""
        return {end.key: end.ends_at for end in (*self.permission_ends, *self.account_ends) if end.what is what}

    @property
    def stored_permissions(self) -> frozenset[Permission]:
        """The permissions with the one that every user has."""
        return frozenset(self.permissions) | {Permission.SITES_SERVICES_VIEW}
