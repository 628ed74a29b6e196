"""The input fields for the account access and permissions of new users, shared by `createUser` and `inviteUsers`."""

from dataclasses import replace
from typing import Any, Protocol

import strawberry

import models
from resolvers.access.account_access import AccountAccess
from resolvers.access.templates import TemplateId
from resolvers.errors import Problem, invalid
from resolvers.public_id import key, keys
from schema.declare.enums import Audience, Permission
from schema.declare.inputs import CHECKED_BESIDE
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends, permission_ends


class ListedAccessInput(Protocol):
    """An input type with the fields that say what is given."""

    audience: Audience
    permissions: list[Permission]
    all_contract_accounts: bool
    contract_accounts: list[strawberry.ID]
    all_delivery_accounts: bool
    delivery_accounts: list[strawberry.ID]


class AccountAccessInput(ListedAccessInput, Protocol):
    """An input type with those fields, and those that say how long."""

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


class TemplatedInput(AccountAccessInput, Protocol):
    """An input type with all of these fields, or a template in their place."""

    template: strawberry.ID | None


def template_field() -> Any:
    """Returns the field `template` of new users."""
    return strawberry.field(
        description="The id of an access template that says what the user gets, instead of `audience`, `permissions` "
        "and the fields for accounts. It is checked as if you had given its values.",
        default=None,
        metadata=CHECKED_BESIDE | {"model": models.AccessTemplate},
    )


def template_of(input_: TemplatedInput) -> TemplateId | None:
    """Returns the template that an input names, unless it has access of its own: then that is checked."""
    if input_.template is None or template_conflicts(input_):
        return None
    return TemplateId(key(input_.template, models.AccessTemplate))


def template_conflicts(input_: TemplatedInput) -> list[Problem]:
    """Returns the problem that an input has a template and access of its own."""
    given = account_access(input_)
    is_own = replace(given, permission_ends=(), account_ends=()) != AccountAccess(Audience.ORGANIZATION)
    return [template_conflict()] if input_.template is not None and is_own else []


def template_conflict() -> Problem:
    """The problem that an input has a template and access of its own."""
    return invalid("Give either a template, or permissions and accounts.", "input", "template")


def listed_access(input_: ListedAccessInput) -> AccountAccess:
    """Returns the account access of an input, which has no ends."""
    return AccountAccess(
        audience=input_.audience,
        permissions=tuple(input_.permissions),
        all_contract_accounts=input_.all_contract_accounts,
        contract_accounts=keys(input_.contract_accounts, models.ContractAccount),
        all_delivery_accounts=input_.all_delivery_accounts,
        delivery_accounts=keys(input_.delivery_accounts, models.DeliveryAccount),
    )


def account_access(input_: AccountAccessInput) -> AccountAccess:
    """Returns the account access of an input."""
    return replace(
        listed_access(input_),
        permission_ends=permission_ends(input_.permission_ends),
        account_ends=account_ends(input_.account_ends),
    )
