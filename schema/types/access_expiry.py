"""The ends of accounts and permissions in the contract: as they are given, and as they are shown."""

from collections.abc import Sequence
from typing import Any

import strawberry

from resolvers.access.account_access import GrantEnd, GrantKind
from resolvers.public_id import key
from resolvers.query.registry import Encoding
from schema.declare.enums import Permission
from schema.declare.fields import column, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.declare.scalars import DateTime

_HOW_LONG = "What you have until some moment yourself, you can give until then at most."


@gql_input
class PermissionEndInput:
    """Until when a user is to have a permission."""

    permission: Permission = strawberry.field(
        description="One of the user's permissions; not `SITES_SERVICES_VIEW`, which every user has."
    )
    ends_at: DateTime = strawberry.field(description="The moment from which on the user has it no more.")


@gql_input
class AccountEndInput:
    """Until when a user is to have an account."""

    account: strawberry.ID = id_of(
        ("ca", "da"), "One of the contract accounts or delivery accounts that the user is given one by one."
    )
    ends_at: DateTime = strawberry.field(description="The moment from which on the user has it no more.")


@gql_type
class PermissionEnd:
    """Until when a user has a permission."""

    permission: Permission = column("The permission.")
    ends_at: DateTime = column("The moment from which on the user has it no more.")


@gql_type
class AccountEnd:
    """Until when a user has an account."""

    account: strawberry.ID = column("The id of the contract account or delivery account.", encoding=Encoding.WORD)
    name: str = column("The name of the account.")
    ends_at: DateTime = column("The moment from which on the user has it no more.")


def permission_ends_field(description: str = "Permissions that end.", **default: Any) -> Any:
    """The input field `permissionEnds`; without a default it is the empty list."""
    return _field(description, default)


def account_ends_field(description: str = "Accounts that end.", **default: Any) -> Any:
    """The input field `accountEnds`; without a default it is the empty list."""
    return _field(description, default)


def permission_ends(given: Sequence[PermissionEndInput]) -> tuple[GrantEnd, ...]:
    """The value of `permissionEnds`, for `AccountAccess`."""
    return tuple(GrantEnd(GrantKind.PERMISSION, each.permission, each.ends_at) for each in given)


def account_ends(given: Sequence[AccountEndInput]) -> tuple[GrantEnd, ...]:
    """The value of `accountEnds`, for `AccountAccess`."""
    return tuple(_account_end(each) for each in given)


def _account_end(given: AccountEndInput) -> GrantEnd:
    if (contract := key(given.account, GrantKind.CONTRACT_ACCOUNT.value)) is not None:
        return GrantEnd(GrantKind.CONTRACT_ACCOUNT, contract, given.ends_at)
    return GrantEnd(GrantKind.DELIVERY_ACCOUNT, key(given.account, GrantKind.DELIVERY_ACCOUNT.value), given.ends_at)


def _field(description: str, default: dict[str, Any]) -> Any:
    return strawberry.field(description=f"{description} {_HOW_LONG}", **(default or {"default_factory": list}))
