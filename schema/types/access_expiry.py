"""The expiry times of permissions and accounts, as inputs and as fields."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import strawberry

import models
from resolvers.access.account_access import GrantEnd, GrantKind
from resolvers.public_id import key
from resolvers.query.registry import Encoding
from schema.declare.enums import Permission
from schema.declare.fields import column, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input
from schema.declare.scalars import DateTime, Malformed

_SOME_TIME: Final = datetime.max.replace(tzinfo=UTC)
"""Stands for a malformed expiry time, so that the other values can be checked beside it."""

_LIMIT = "You can't give anything for longer than you have it yourself."


@gql_input
class PermissionEndInput:
    """An expiry time for a permission of a user."""

    permission: Permission = strawberry.field(
        description="One of the user's permissions, except `SITES_SERVICES_VIEW`, which every user always has."
    )
    ends_at: DateTime = strawberry.field(description="When the permission expires.", metadata=CHECKED_BESIDE)


@gql_input
class AccountEndInput:
    """An expiry time for a user's access to an account."""

    account: strawberry.ID = strawberry.field(
        description="The id of one of the listed contract accounts or delivery accounts of the user.",
        metadata=CHECKED_BESIDE | {"model": (models.ContractAccount, models.DeliveryAccount)},
    )
    ends_at: DateTime = strawberry.field(description="When the access to the account expires.", metadata=CHECKED_BESIDE)


@gql_type
class PermissionEnd:
    """The expiry time of a permission of a user."""

    permission: Permission = column("The permission.")
    ends_at: DateTime = column("When the permission expires.")


@gql_type
class AccountEnd:
    """The expiry time of a user's access to an account."""

    account: strawberry.ID = column("The id of the contract account or delivery account.", encoding=Encoding.PLAIN)
    name: str = column("The name of the account.")
    ends_at: DateTime = column("When the access to the account expires.")


def permission_ends_field(description: str = "The expiry times of permissions.", **default: Any) -> Any:
    """Returns the input field `permissionEnds`. The default is an empty list unless `default` is input_."""
    return _field(description, default)


def account_ends_field(description: str = "The expiry times of the access to accounts.", **default: Any) -> Any:
    """Returns the input field `accountEnds`. The default is an empty list unless `default` is input_."""
    return _field(description, default)


def permission_ends(inputs: Sequence[PermissionEndInput]) -> tuple[GrantEnd, ...]:
    """Returns the value of `permissionEnds` for `AccountAccess`."""
    return tuple(GrantEnd(GrantKind.PERMISSION, input_.permission, some_time(input_.ends_at)) for input_ in inputs)


def account_ends(inputs: Sequence[AccountEndInput]) -> tuple[GrantEnd, ...]:
    """Returns the value of `accountEnds` for `AccountAccess`."""
    return tuple(map(_account_end, inputs))


def _account_end(input_: AccountEndInput) -> GrantEnd:
    if (contract := key(input_.account, models.ContractAccount)) is not None:
        return GrantEnd(GrantKind.CONTRACT_ACCOUNT, contract, some_time(input_.ends_at))
    return GrantEnd(GrantKind.DELIVERY_ACCOUNT, key(input_.account, models.DeliveryAccount), some_time(input_.ends_at))


def some_time(value: DateTime | Malformed) -> datetime:
    """Returns the time, or if it is malformed, some other one."""
    return _SOME_TIME if isinstance(value, Malformed) else value


def _field(description: str, default: dict[str, Any]) -> Any:
    return strawberry.field(description=f"{description} {_LIMIT}", **(default or {"default_factory": list}))
