"""Making contract accounts and delivery accounts, in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.onboarding import contract_account as contract_account_onboarding
from resolvers.mutations.onboarding import delivery_account as delivery_account_onboarding
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, unset_to_none
from schema.declare.scalars import EmailAddress
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.references import OneContractAccount, OneDeliveryAccount


@gql_input
class NewContractAccountInput:
    """The legal entity of an organization with which services are signed."""

    name: str = strawberry.field(description="The name of the legal entity: 1 to 200 characters.")
    vat_number: str | None = strawberry.field(
        description="The VAT number of the legal entity: 4 to 30 letters and digits, also in groups.",
        default=strawberry.UNSET,
    )
    billing_email: EmailAddress | None = strawberry.field(
        description="Where invoices are sent.", default=strawberry.UNSET
    )
    currency: str | None = strawberry.field(
        description="In which currency invoices are, as three capital letters of ISO 4217, such as EUR.",
        default=strawberry.UNSET,
    )


@gql_input
class CreateContractAccountInput(NewContractAccountInput):
    """A new contract account, and whose it is."""

    organization: strawberry.ID = strawberry.field(description="The organization to which the account belongs.")


@gql_input
class NewDeliveryAccountInput:
    """The end customer, or the legal entity, to which services are delivered."""

    name: str = strawberry.field(description="The name of the end customer or legal entity: 1 to 200 characters.")


@gql_input
class CreateDeliveryAccountInput(NewDeliveryAccountInput):
    """A new delivery account, and whose it is."""

    organization: strawberry.ID = strawberry.field(description="The organization to which the account belongs.")


@gql_type
class CreateContractAccountPayload:
    """The new contract account, or why there is none."""

    answer: strawberry.Private[Answer]
    contract_account: OneContractAccount | None = changed("The account that was created. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class CreateDeliveryAccountPayload:
    """The new delivery account, or why there is none."""

    answer: strawberry.Private[Answer]
    delivery_account: OneDeliveryAccount | None = changed("The account that was created. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_contract_account(
    info: Info, input: Annotated[CreateContractAccountInput, strawberry.argument(description="The new account.")]
) -> CreateContractAccountPayload:
    """`createContractAccount`: the payload's account is read as the caller sees it."""
    owner, new = key(input.organization, "org"), new_contract_account(input)
    answer, errors = await run_mutation(info, lambda work: contract_account_onboarding.create(work, owner, new))
    return CreateContractAccountPayload(answer=answer, errors=errors)


async def create_delivery_account(
    info: Info, input: Annotated[CreateDeliveryAccountInput, strawberry.argument(description="The new account.")]
) -> CreateDeliveryAccountPayload:
    """`createDeliveryAccount`: the payload's account is read as the caller sees it."""
    owner, new = key(input.organization, "org"), new_delivery_account(input)
    answer, errors = await run_mutation(info, lambda work: delivery_account_onboarding.create(work, owner, new))
    return CreateDeliveryAccountPayload(answer=answer, errors=errors)


def new_contract_account(given: NewContractAccountInput) -> NewContractAccount:
    """The account as `resolvers/` takes it."""
    return NewContractAccount(
        given.name,
        unset_to_none(given.vat_number),
        unset_to_none(given.billing_email),
        unset_to_none(given.currency),
    )


def new_delivery_account(given: NewDeliveryAccountInput) -> NewDeliveryAccount:
    """The account as `resolvers/` takes it."""
    return NewDeliveryAccount(given.name)
