"""Bringing an organization to the platform, in the contract."""

from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding import organization as organization_onboarding
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.enums import UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, unset_to_none
from schema.declare.scalars import CountryCode, EmailAddress, PhoneNumber
from schema.mutations.create_account import (
    NewContractAccountInput,
    NewDeliveryAccountInput,
    new_contract_account,
    new_delivery_account,
)
from schema.mutations.payload import Answer, Info, MutationError, errors_field, errors_of, read_payload_as_caller
from schema.types.references import OneOrganization, OneUser


@gql_input
class FirstAdminInput:
    """The first admin of an organization. They have all its accounts and every permission."""

    kind: UserKind = strawberry.field(description="Who stands behind the login.", default=UserKind.PERSONAL)
    email: EmailAddress = strawberry.field(
        description="The address that the admin signs in with, and to which the activation mail goes."
    )
    first_name: str = strawberry.field(description="The first name: 1 to 100 characters.")
    last_name: str = strawberry.field(description="The last name: 1 to 100 characters.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.", default=strawberry.UNSET)
    country: CountryCode | None = strawberry.field(description="The country.", default=strawberry.UNSET)


@gql_input
class CreateOrganizationInput:
    """A new organization, and what belongs to it from the start. More accounts, and services, can follow."""

    name: str = strawberry.field(description="The name of the organization: 1 to 200 characters.")
    contract_accounts: list[NewContractAccountInput] = strawberry.field(
        description="Its contract accounts.", default_factory=list
    )
    delivery_accounts: list[NewDeliveryAccountInput] = strawberry.field(
        description="Its delivery accounts.", default_factory=list
    )
    admin: FirstAdminInput = strawberry.field(description="Its first admin.")


@gql_type
class CreateOrganizationPayload:
    """The new organization and its first admin, or why there are none."""

    answer: strawberry.Private[Answer]
    organization: OneOrganization | None = changed("The organization that was created. Null when refused.")
    user: OneUser | None = changed("The first admin, pending. Null when refused.", place=1)
    errors: list[MutationError] = errors_field()


async def create_organization(
    info: Info, input: Annotated[CreateOrganizationInput, strawberry.argument(description="The new organization.")]
) -> CreateOrganizationPayload:
    """`createOrganization`: organization and admin are read as the caller sees them."""
    context, new = info.context.context, _new_organization(input)
    try:
        made = await run_in_transaction(
            context.writing, context.caller, lambda work: organization_onboarding.create(work, new)
        )
    except MutationRejected as refused:
        return CreateOrganizationPayload(answer={}, errors=errors_of(refused.problems))
    answer = await read_payload_as_caller(info, made.organization_id, made.admin_id)
    return CreateOrganizationPayload(answer=answer, errors=errors_of())


def _new_organization(given: CreateOrganizationInput) -> organization_onboarding.NewOrganization:
    admin = given.admin
    return organization_onboarding.NewOrganization(
        name=given.name,
        contract_accounts=tuple(map(new_contract_account, given.contract_accounts)),
        delivery_accounts=tuple(map(new_delivery_account, given.delivery_accounts)),
        admin=organization_onboarding.FirstAdmin(
            email=admin.email,
            first_name=admin.first_name,
            last_name=admin.last_name,
            kind=admin.kind,
            phone=unset_to_none(admin.phone),
            country=unset_to_none(admin.country),
        ),
    )
