"""The input fields for the account access and permissions of new users, shared by `createUser` and `inviteUsers`."""

from typing import Any, Protocol

import strawberry

import models
from resolvers.access.account_access import AccountAccess
from resolvers.public_id import keys
from schema.declare.enums import Audience, Permission
from schema.declare.inputs import CHECKED_BESIDE
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends, permission_ends


class AccountAccessInput(Protocol):
    """An input type with these fields."""

    audience: Audience
    permissions: list[Permission]
    all_contract_accounts: bool
    contract_accounts: list[strawberry.ID]
    all_delivery_accounts: bool
    delivery_accounts: list[strawberry.ID]
    permission_ends: list[PermissionEndInput]
    account_ends: list[AccountEndInput]


def audience_field() -> Any:
    """Returns the field `audience`."""
    return strawberry.field(
        description="Whether the user works for the organization or for an end customer.", default=Audience.ORGANIZATION
    )


def permissions_field() -> Any:
    """Returns the field `permissions`."""
    return strawberry.field(
        description="The user's permissions. `SITES_SERVICES_VIEW` is always included.", default_factory=list
    )


def all_contract_accounts_field() -> Any:
    """Returns the field `allContractAccounts`."""
    return strawberry.field(
        description="Whether the user has access to all contract accounts of the organization, including future ones.",
        default=False,
    )


def contract_accounts_field() -> Any:
    """Returns the field `contractAccounts`."""
    return strawberry.field(
        description="The ids of the contract accounts in the user's access. Must be empty with `allContractAccounts`.",
        default_factory=list,
        metadata=CHECKED_BESIDE,
    )


def all_delivery_accounts_field() -> Any:
    """Returns the field `allDeliveryAccounts`."""
    return strawberry.field(
        description="Whether the user has access to all delivery accounts of the organization, including future ones. "
        "Not allowed for the audience `DELIVERY`.",
        default=False,
    )


def delivery_accounts_field() -> Any:
    """Returns the field `deliveryAccounts`."""
    return strawberry.field(
        description="The ids of the delivery accounts in the user's access. Must be empty with `allDeliveryAccounts`. "
        "The audience `DELIVERY` requires at least one.",
        default_factory=list,
        metadata=CHECKED_BESIDE,
    )


def account_access(input_: AccountAccessInput) -> AccountAccess:
    """Returns the account access of an input."""
    return AccountAccess(
        audience=input_.audience,
        permissions=tuple(input_.permissions),
        all_contract_accounts=input_.all_contract_accounts,
        contract_accounts=keys(input_.contract_accounts, models.ContractAccount),
        all_delivery_accounts=input_.all_delivery_accounts,
        delivery_accounts=keys(input_.delivery_accounts, models.DeliveryAccount),
        permission_ends=permission_ends(input_.permission_ends),
        account_ends=account_ends(input_.account_ends),
    )
