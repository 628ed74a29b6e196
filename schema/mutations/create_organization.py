"""The mutation `createOrganization`."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.onboarding import organization as organization_mutations
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.enums import UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input, unset_to_none, user_name
from schema.declare.scalars import CountryCode, EmailAddress, PhoneNumber
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_as_caller
from schema.mutations.create_account import (
    NewContractAccountInput,
    NewDeliveryAccountInput,
    new_contract_account,
    new_delivery_account,
)
from schema.mutations.payload import MutationError, errors_field, errors_of
from schema.types.references import OneOrganization, OneUser


@gql_input
class FirstAdminInput:
    """The first admin of a new organization, with access to all of its accounts and every permission."""

    kind: UserKind = strawberry.field(description="The kind of the login.", default=UserKind.PERSONAL)
    email: EmailAddress = strawberry.field(
        description="The admin's email address, for signing in and for the activation email.", metadata=CHECKED_BESIDE
    )
    first_name: str = user_name("The admin's first name, 1 to 100 characters.")
    last_name: str = user_name("The admin's last name, 1 to 100 characters.")
    phone: PhoneNumber | None = strawberry.field(
        description="The admin's phone number.", default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )
    country: CountryCode | None = strawberry.field(
        description="The admin's country.", default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )


@gql_input
class CreateOrganizationInput:
    """Input for `createOrganization`. Services and further accounts can be created later."""

    name: str = strawberry.field(description="The name of the organization, 1 to 200 characters.")
    contract_accounts: list[NewContractAccountInput] = strawberry.field(
        description="The contract accounts to create with the organization.", default_factory=list
    )
    delivery_accounts: list[NewDeliveryAccountInput] = strawberry.field(
        description="The delivery accounts to create with the organization.", default_factory=list
    )
    admin: FirstAdminInput = strawberry.field(description="The first admin of the organization.")


@gql_type
class CreateOrganizationPayload:
    """The created organization and its first admin, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The created organization. Null if the mutation failed.")
    user: OneUser | None = changed("The first admin, who is pending. Null if the mutation failed.", place=1)
    errors: list[MutationError] = errors_field()


async def create_organization(
    info: Info, input: Annotated[CreateOrganizationInput, strawberry.argument(description="The new organization.")]
) -> CreateOrganizationPayload:
    """Resolves `createOrganization`. The payload is read as the caller."""
    context, new = info.context.context, _new_organization(input, malformed_values(info))
    try:
        created = await run_in_transaction(
            context.writing, context.caller, lambda work: organization_mutations.create_organization(work, new)
        )
    except MutationRejected as rejected:
        return CreateOrganizationPayload(data={}, errors=errors_of(rejected.problems))
    data = await read_payload_as_caller(info, created.organization_id, created.admin_id)
    return CreateOrganizationPayload(data=data, errors=errors_of())


def _new_organization(
    input_: CreateOrganizationInput, malformed: Sequence[Problem]
) -> organization_mutations.NewOrganization:
    admin = input_.admin
    return organization_mutations.NewOrganization(
        name=input_.name,
        contract_accounts=tuple(map(new_contract_account, input_.contract_accounts)),
        delivery_accounts=tuple(map(new_delivery_account, input_.delivery_accounts)),
        admin=organization_mutations.FirstAdmin(
            email=unset_to_none(admin.email) or "",
            first_name=admin.first_name,
            last_name=admin.last_name,
            kind=admin.kind,
            phone=unset_to_none(admin.phone),
            country=unset_to_none(admin.country),
        ),
        malformed=malformed,
    )
