"""`updateUser` in the contract."""

from typing import Annotated, Any

import strawberry

from resolvers.mutations.users import update as user_updates
from resolvers.mutations.users.update import NewAccess, UserChange
from resolvers.public_id import key, keys
from resolvers.validation.person import NewDetails
from schema.declare.enums import Audience, Permission, UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.declare.scalars import CountryCode, PhoneNumber
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.access_expiry import (
    AccountEndInput,
    PermissionEndInput,
    account_ends,
    account_ends_field,
    permission_ends,
    permission_ends_field,
)
from schema.types.references import OneUser


def _new(description: str) -> Any:
    """A value that is to take the place of the old one; left out, the old one stays."""
    return strawberry.field(description=description, default=strawberry.UNSET)


@gql_input
class UpdateUserInput:
    """What is to change in a user. What is left out stays as it is; a list takes the place of the whole old list.
    Only what `viewer.assignable` offers can be given, and the user must have nothing else afterwards."""

    id: strawberry.ID = id_of("usr", "The user.")
    version: int = strawberry.field(
        description="The `version` of the user that you have read. If they have changed since, you get `STALE`."
    )
    kind: UserKind | None = _new("Who stands behind the login. Not null.")
    first_name: str | None = _new("The first name: 1 to 100 characters. Null clears it.")
    last_name: str | None = _new("The last name: 1 to 100 characters. Null clears it.")
    phone: PhoneNumber | None = _new("The phone number. Null clears it.")
    country: CountryCode | None = _new("The country. Null clears it.")
    permissions: list[Permission] | None = _new("All permissions. `SITES_SERVICES_VIEW` stays in any case. Not null.")
    audience: Audience | None = _new("Whose person the user is, and so what limits them. Not null.")
    all_contract_accounts: bool | None = _new(
        "All contract accounts of the organization, also those to come. With true, empty `contractAccounts` where the "
        "user has some. Not null."
    )
    contract_accounts: list[strawberry.ID] | None = _new(
        "Contract accounts, one by one; empty with `allContractAccounts`. Not null."
    )
    all_delivery_accounts: bool | None = _new(
        "All delivery accounts of the organization, also those to come; with true, empty `deliveryAccounts` where the "
        "user has some. Not for the audience `DELIVERY`. Not null."
    )
    delivery_accounts: list[strawberry.ID] | None = _new(
        "Delivery accounts, one by one; empty with `allDeliveryAccounts`. The audience `DELIVERY` has at least one. "
        "Not null."
    )
    permission_ends: list[PermissionEndInput] | None = permission_ends_field(
        "All ends of permissions; left out, those of the permissions that stay are kept. Not null.",
        default=strawberry.UNSET,
    )
    account_ends: list[AccountEndInput] | None = account_ends_field(
        "All ends of accounts; left out, those of the accounts that stay are kept. Not null.", default=strawberry.UNSET
    )


@gql_type
class UpdateUserPayload:
    """The user as they are now, or why nothing was changed."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was changed. Null when refused.")
    errors: list[MutationError] = errors_field()


async def update_user(
    info: Info, input: Annotated[UpdateUserInput, strawberry.argument(description="The user, and what is to change.")]
) -> UpdateUserPayload:
    """`updateUser`: the payload's user is read as the caller sees them."""
    target, change = key(input.id, "usr"), _change(input)
    answer, errors = await run_mutation(info, lambda work: user_updates.update(work, target, change))
    return UpdateUserPayload(answer=answer, errors=errors)


def _change(given: UpdateUserInput) -> UserChange:
    values = {name: value for name, value in vars(given).items() if value is not strawberry.UNSET}
    for name, prefix in (("contract_accounts", "ca"), ("delivery_accounts", "da")):
        if values.get(name) is not None:
            values[name] = keys(values[name], prefix)
    for name, read in (("permissions", tuple), ("permission_ends", permission_ends), ("account_ends", account_ends)):
        if values.get(name) is not None:
            values[name] = read(values[name])
    details: Any = {name: values[name] for name in NewDetails.__annotations__ if name in values}
    access: Any = {name: values[name] for name in NewAccess.__annotations__ if name in values}
    return UserChange(given.version, details, access)
