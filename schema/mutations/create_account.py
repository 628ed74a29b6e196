"""The mutations `createContractAccount` and `createDeliveryAccount`."""

from typing import Annotated

import strawberry

import models
from resolvers.mutations.onboarding import contract_account as contract_account_mutations
from resolvers.mutations.onboarding import delivery_account as delivery_account_mutations
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input, unset_to_none
from schema.declare.scalars import EmailAddress
from schema.execution.read_payload import Info, PayloadData, malformed_values
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneContractAccount, OneDeliveryAccount


@gql_input
class NewContractAccountInput:
    """A new contract account: a legal entity with which services are signed."""

    name: str = strawberry.field(description="The name of the legal entity, 1 to 200 characters.")
    vat_number: str | None = strawberry.field(
        description="The VAT number of the legal entity: 4 to 30 letters and digits, which may be grouped.",
        default=strawberry.UNSET,
    )
    billing_email: EmailAddress | None = strawberry.field(
        description="The email address for invoices.", default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )
    currency: str | None = strawberry.field(
        description="The currency of invoices, as an upper-case ISO 4217 code such as EUR.",
        default=strawberry.UNSET,
    )


@gql_input
class CreateContractAccountInput(NewContractAccountInput):
    """Input for `createContractAccount`."""

    organization: strawberry.ID = strawberry.field(
        description="The id of the organization that the account belongs to."
    )


@gql_input
class NewDeliveryAccountInput:
    """A new delivery account: an end customer or legal entity to which services are delivered."""

    name: str = strawberry.field(description="The name of the end customer or legal entity, 1 to 200 characters.")


@gql_input
class CreateDeliveryAccountInput(NewDeliveryAccountInput):
    """Input for `createDeliveryAccount`."""

    organization: strawberry.ID = strawberry.field(
        description="The id of the organization that the account belongs to."
    )


@gql_type
class CreateContractAccountPayload:
    """The created contract account, or the errors."""

    data: strawberry.Private[PayloadData]
    contract_account: OneContractAccount | None = changed("The created contract account. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class CreateDeliveryAccountPayload:
    """The created delivery account, or the errors."""

    data: strawberry.Private[PayloadData]
    delivery_account: OneDeliveryAccount | None = changed("The created delivery account. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_contract_account(
    info: Info,
    input: Annotated[CreateContractAccountInput, strawberry.argument(description="The new contract account.")],
) -> CreateContractAccountPayload:
    """Resolves `createContractAccount`. The payload is read as the caller."""
    organization, new = key(input.organization, models.Organization), new_contract_account(input)
    malformed = malformed_values(info)
    data, errors = await run_mutation(
        info,
        lambda work: contract_account_mutations.create_contract_account(work, organization, new, malformed),
    )
    return CreateContractAccountPayload(data=data, errors=errors)


async def create_delivery_account(
    info: Info,
    input: Annotated[CreateDeliveryAccountInput, strawberry.argument(description="The new delivery account.")],
) -> CreateDeliveryAccountPayload:
    """Resolves `createDeliveryAccount`. The payload is read as the caller."""
    organization, new = key(input.organization, models.Organization), new_delivery_account(input)
    data, errors = await run_mutation(
        info, lambda work: delivery_account_mutations.create_delivery_account(work, organization, new)
    )
    return CreateDeliveryAccountPayload(data=data, errors=errors)


def new_contract_account(input_: NewContractAccountInput) -> NewContractAccount:
    """Returns the input in the form that `resolvers/` takes."""
    return NewContractAccount(
        input_.name,
        unset_to_none(input_.vat_number),
        unset_to_none(input_.billing_email),
        unset_to_none(input_.currency),
    )


def new_delivery_account(input_: NewDeliveryAccountInput) -> NewDeliveryAccount:
    """Returns the input in the form that `resolvers/` takes."""
    return NewDeliveryAccount(input_.name)
