"""What new users are given, as fields of an input: the same for whoever is created and for whoever is invited."""

from typing import Any, Protocol

import strawberry

from resolvers.access.account_access import AccountAccess
from resolvers.public_id import keys
from schema.declare.enums import Audience, Permission
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends, permission_ends


class GivesAccess(Protocol):
    """An input with these fields."""

    audience: Audience
    permissions: list[Permission]
    all_contract_accounts: bool
    contract_accounts: list[strawberry.ID]
    all_delivery_accounts: bool
    delivery_accounts: list[strawberry.ID]
    permission_ends: list[PermissionEndInput]
    account_ends: list[AccountEndInput]


def audience_field() -> Any:
    """The field `audience`."""
    return strawberry.field(
        description="Whose person the user is, and so what limits them.", default=Audience.ORGANIZATION
    )


def permissions_field() -> Any:
    """The field `permissions`."""
    return strawberry.field(
        description="The permissions. `SITES_SERVICES_VIEW` is given in any case.", default_factory=list
    )


def all_contract_accounts_field() -> Any:
    """The field `allContractAccounts`."""
    return strawberry.field(description="All contract accounts of the organization, also those to come.", default=False)


def contract_accounts_field() -> Any:
    """The field `contractAccounts`."""
    return strawberry.field(
        description="Contract accounts, one by one; empty with `allContractAccounts`.", default_factory=list
    )


def all_delivery_accounts_field() -> Any:
    """The field `allDeliveryAccounts`."""
    return strawberry.field(
        description="All delivery accounts of the organization, also those to come. Not for the audience `DELIVERY`.",
        default=False,
    )


def delivery_accounts_field() -> Any:
    """The field `deliveryAccounts`."""
    return strawberry.field(
        description="Delivery accounts, one by one; empty with `allDeliveryAccounts`. The audience `DELIVERY` has at "
        "least one.",
        default_factory=list,
    )


def account_access(given: GivesAccess) -> AccountAccess:
    """What the input gives."""
    return AccountAccess(
        audience=given.audience,
        permissions=tuple(given.permissions),
        all_contract_accounts=given.all_contract_accounts,
        contract_accounts=keys(given.contract_accounts, "ca"),
        all_delivery_accounts=given.all_delivery_accounts,
        delivery_accounts=keys(given.delivery_accounts, "da"),
        permission_ends=permission_ends(given.permission_ends),
        account_ends=account_ends(given.account_ends),
    )
