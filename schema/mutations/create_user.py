"""`createUser` in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.users import create as users
from schema.declare.enums import Audience, Permission, UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, unset_to_none
from schema.declare.scalars import CountryCode, EmailAddress, PhoneNumber
from schema.mutations.account_access_input import (
    account_access,
    all_contract_accounts_field,
    all_delivery_accounts_field,
    audience_field,
    contract_accounts_field,
    delivery_accounts_field,
    permissions_field,
)
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.references import OneUser


@gql_input
class CreateUserInput:
    """A new user: who they are, and what they are given. `viewer.assignable` tells what you may give."""

    kind: UserKind = strawberry.field(description="Who stands behind the login.", default=UserKind.PERSONAL)
    audience: Audience = audience_field()
    email: EmailAddress = strawberry.field(
        description="The address that the user signs in with, and to which the activation mail goes."
    )
    first_name: str = strawberry.field(description="The first name: 1 to 100 characters.")
    last_name: str = strawberry.field(description="The last name: 1 to 100 characters.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.", default=strawberry.UNSET)
    country: CountryCode | None = strawberry.field(description="The country.", default=strawberry.UNSET)
    permissions: list[Permission] = permissions_field()
    all_contract_accounts: bool = all_contract_accounts_field()
    contract_accounts: list[strawberry.ID] = contract_accounts_field()
    all_delivery_accounts: bool = all_delivery_accounts_field()
    delivery_accounts: list[strawberry.ID] = delivery_accounts_field()
    permission_ends: list[PermissionEndInput] = permission_ends_field()
    account_ends: list[AccountEndInput] = account_ends_field()


@gql_type
class CreateUserPayload:
    """The new user, or why there is none."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was created, if you may see them. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_user(
    info: Info, input: Annotated[CreateUserInput, strawberry.argument(description="The new user.")]
) -> CreateUserPayload:
    """`createUser`: the payload's user is read as the caller sees them."""
    answer, errors = await run_mutation(info, lambda work: users.create(work, _new_user(input)))
    return CreateUserPayload(answer=answer, errors=errors)


def _new_user(given: CreateUserInput) -> users.NewUser:
    return users.NewUser(
        email=given.email,
        first_name=given.first_name,
        last_name=given.last_name,
        kind=given.kind,
        phone=unset_to_none(given.phone),
        country=unset_to_none(given.country),
        access=account_access(given),
    )
