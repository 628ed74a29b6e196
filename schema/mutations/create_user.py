"""The mutation `createUser`."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from resolvers.errors import Problem, beside
from resolvers.mutations.users import create as user_mutations
from schema.declare.enums import Audience, Permission, UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input, unset_to_none, user_name
from schema.declare.scalars import CountryCode, EmailAddress, PhoneNumber
from schema.execution.read_payload import Info, PayloadData, malformed_values
from schema.mutations.account_access_input import (
    account_access,
    all_contract_accounts_field,
    all_delivery_accounts_field,
    audience_field,
    contract_accounts_field,
    delivery_accounts_field,
    permissions_field,
    template_conflicts,
    template_field,
    template_of,
)
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.references import OneUser


@gql_input
class CreateUserInput:
    """Input for `createUser`. `viewer.assignable` lists the permissions and access that you may give."""

    kind: UserKind = strawberry.field(description="The kind of the login.", default=UserKind.PERSONAL)
    audience: Audience = audience_field()
    email: EmailAddress = strawberry.field(
        description="The user's email address, for signing in and for the activation email.", metadata=CHECKED_BESIDE
    )
    first_name: str = user_name("The user's first name, 1 to 100 characters.")
    last_name: str = user_name("The user's last name, 1 to 100 characters.")
    phone: PhoneNumber | None = strawberry.field(
        description="The user's phone number.", default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )
    country: CountryCode | None = strawberry.field(
        description="The user's country.", default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )
    permissions: list[Permission] = permissions_field()
    all_contract_accounts: bool = all_contract_accounts_field()
    contract_accounts: list[strawberry.ID] = contract_accounts_field()
    all_delivery_accounts: bool = all_delivery_accounts_field()
    delivery_accounts: list[strawberry.ID] = delivery_accounts_field()
    permission_ends: list[PermissionEndInput] = permission_ends_field()
    account_ends: list[AccountEndInput] = account_ends_field()
    template: strawberry.ID | None = template_field()


@gql_type
class CreateUserPayload:
    """The created user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The created user, if visible to you. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_user(
    info: Info, input: Annotated[CreateUserInput, strawberry.argument(description="The new user.")]
) -> CreateUserPayload:
    """Resolves `createUser`. The payload is read as the caller."""
    new_user = _new_user(input, malformed_values(info))
    data, errors = await run_mutation(info, lambda work: user_mutations.create_user(work, new_user))
    return CreateUserPayload(data=data, errors=errors)


def _new_user(input_: CreateUserInput, malformed: Sequence[Problem]) -> user_mutations.NewUser:
    return user_mutations.NewUser(
        email=unset_to_none(input_.email) or "",
        first_name=input_.first_name,
        last_name=input_.last_name,
        kind=input_.kind,
        phone=unset_to_none(input_.phone),
        country=unset_to_none(input_.country),
        access=account_access(input_),
        malformed=beside(malformed, template_conflicts(input_)),
        template=template_of(input_),
    )
