"""A user's access as a value: audience, permissions, accounts, and when grants expire."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from models import CONTRACT, DELIVERY, AccountKind, Audience, Permission
from resolvers import public_id, timestamps


class GrantKind(Enum):
    """The kinds of individual grants. The value of one for accounts is the kind of account."""

    PERMISSION = None
    CONTRACT_ACCOUNT = CONTRACT
    DELIVERY_ACCOUNT = DELIVERY


@dataclass(frozen=True, slots=True)
class GrantEnd:
    """When one grant expires. The key is a permission or the id of an account; None if no account can have the id."""

    kind: GrantKind
    key: Permission | UUID | None
    ends_at: datetime


CONTENT: Final = (
    "audience",
    "permissions",
    "all_contract_accounts",
    "contract_accounts",
    "all_delivery_accounts",
    "delivery_accounts",
)
"""The fields of `AccountAccess` that say what is given, apart from how long: what a template holds."""


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """A user's access. None in a list of accounts stands for an id that no such account can have."""

    audience: Audience
    permissions: tuple[Permission, ...] = ()
    all_contract_accounts: bool = False
    contract_accounts: tuple[UUID | None, ...] = ()
    all_delivery_accounts: bool = False
    delivery_accounts: tuple[UUID | None, ...] = ()
    permission_ends: tuple[GrantEnd, ...] = ()
    account_ends: tuple[GrantEnd, ...] = ()

    def keys(self, kind: GrantKind) -> tuple[Any, ...]:
        """The list of permissions, or of accounts of one kind."""
        keys: tuple[Any, ...] = self.permissions if kind.value is None else getattr(self, kind.value.field)
        return keys

    def gives_the_same_as(self, other: "AccountAccess") -> bool:
        """Whether both give the same, in whatever order they list it."""
        return _given(self) == _given(other)

    def gives_what(self, other: "AccountAccess") -> bool:
        """Whether both give the same, however long."""
        return _given(self)[:3] == _given(other)[:3] and all(
            frozenset(self.keys(kind)) == frozenset(other.keys(kind)) for kind in GrantKind
        )

    def widens(self, before: "AccountAccess") -> bool:
        """Whether it gives something that `before` doesn't, or not for that long."""
        if self.audience is not before.audience:
            return True
        if self.all_contract_accounts > before.all_contract_accounts:
            return True
        if self.all_delivery_accounts > before.all_delivery_accounts:
            return True
        return any(self._widens_list(before, kind) for kind in GrantKind)

    def _widens_list(self, before: "AccountAccess", kind: GrantKind) -> bool:
        ends, earlier = self.ends(kind), before.ends(kind)
        if not frozenset(self.keys(kind)) <= frozenset(before.keys(kind)):
            return True
        return any(key in earlier and (key not in ends or ends[key] > earlier[key]) for key in self.keys(kind))

    def without(self, accounts: Collection[UUID]) -> "AccountAccess":
        """The access without the individual grants of these accounts."""
        return replace(
            self,
            contract_accounts=tuple(key for key in self.contract_accounts if key not in accounts),
            delivery_accounts=tuple(key for key in self.delivery_accounts if key not in accounts),
            account_ends=tuple(end for end in self.account_ends if end.key not in accounts),
        )

    def without_given(self, given: Collection[Permission | UUID]) -> "AccountAccess":
        """The access without these permissions and the individual grants of these accounts."""
        accounts = self.without([key for key in given if isinstance(key, UUID)])
        return replace(
            accounts,
            permissions=tuple(permission for permission in self.permissions if permission not in given),
            permission_ends=tuple(end for end in self.permission_ends if end.key not in given),
        )

    def with_given(self, given: Collection[tuple[GrantKind, Permission | UUID | None]]) -> "AccountAccess":
        """The access with these grants besides its own. What is granted already, or is among all accounts, stays as it
        is. The keys are as in a `GrantEnd`."""
        added: Any = {}
        for kind in GrantKind:
            had = self.keys(kind)
            keys = dict.fromkeys(key for of, key in given if of is kind and key not in had)
            if kind.value is None:
                added["permissions"] = (*had, *keys)
            elif not getattr(self, kind.value.all_flag):
                added[kind.value.field] = (*had, *keys)
        return replace(self, **added)

    def ends(self, kind: GrantKind) -> dict[Any, datetime]:
        """When the grants of that list expire, without those that don't."""
        return {end.key: end.ends_at for end in (*self.permission_ends, *self.account_ends) if end.kind is kind}

    @property
    def stored_permissions(self) -> frozenset[Permission]:
        """The permissions, including the one that every user has."""
        return frozenset(self.permissions) | {Permission.SITES_SERVICES_VIEW}

    def to_audit(self) -> dict[str, Any]:
        """The access as the audit trail records it: by the field names and public ids of the API, lists sorted. The
        expiry fields are None if nothing expires."""
        return {
            "audience": self.audience.value,
            "permissions": sorted(permission.value for permission in self.stored_permissions),
            "allContractAccounts": self.all_contract_accounts,
            "contractAccounts": _public_ids(CONTRACT, self.contract_accounts),
            "allDeliveryAccounts": self.all_delivery_accounts,
            "deliveryAccounts": _public_ids(DELIVERY, self.delivery_accounts),
            "permissionEnds": _public_ends("permission", self.permission_ends),
            "accountEnds": _public_ends("account", self.account_ends),
        }


def _given(access: AccountAccess) -> tuple[object, ...]:
    lists = ((frozenset(access.keys(kind)), access.ends(kind)) for kind in GrantKind)
    return access.audience, access.all_contract_accounts, access.all_delivery_accounts, *lists


def _public_ids(kind: AccountKind, keys: tuple[UUID | None, ...]) -> list[str]:
    return sorted({public_id.encode(kind.accounts, key) for key in keys if key})


def _public_ends(noun: str, ends: Sequence[GrantEnd]) -> list[dict[str, str]] | None:
    entries = [
        {noun: _public_key(end), "endsAt": timestamps.encode(end.ends_at)} for end in ends if end.key is not None
    ]
    return sorted(entries, key=lambda entry: entry[noun]) or None


def _public_key(end: GrantEnd) -> str:
    if end.kind.value is None:
        return str(end.key)
    assert isinstance(end.key, UUID)
    return public_id.encode(end.kind.value.accounts, end.key)
