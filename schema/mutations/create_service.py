"""The mutation `createService`."""

from typing import Annotated

import strawberry

import models
from resolvers.mutations.onboarding import service as service_mutations
from resolvers.public_id import key
from schema.declare.enums import ServiceStatus
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import CountryCode
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneService


@gql_input
class CreateServiceInput:
    """Input for `createService`."""

    organization: strawberry.ID = strawberry.field(
        description="The id of the organization that the service belongs to."
    )
    contract_account: strawberry.ID = strawberry.field(
        description="The id of the organization's contract account with which the service is signed."
    )
    delivery_account: strawberry.ID = strawberry.field(
        description="The id of the organization's delivery account to which the service is delivered."
    )
    code: str = strawberry.field(
        description="The code of the service, such as SVC-000001: 1 to 64 upper-case letters, digits, and hyphens. "
        "Must be unique in the organization."
    )
    name: str = strawberry.field(description="The name of the service, 1 to 200 characters.")
    status: ServiceStatus = strawberry.field(
        description="The lifecycle state of the service.", default=ServiceStatus.ACTIVE
    )
    city: str = strawberry.field(description="The city of the site, 1 to 200 characters.")
    country: CountryCode = strawberry.field(description="The country of the site.")


@gql_type
class CreateServicePayload:
    """The created service, or the errors."""

    data: strawberry.Private[PayloadData]
    service: OneService | None = changed("The created service. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_service(
    info: Info, input: Annotated[CreateServiceInput, strawberry.argument(description="The new service.")]
) -> CreateServicePayload:
    """Resolves `createService`. The payload is read as the caller."""
    organization, new = key(input.organization, models.Organization), _new_service(input)
    data, errors = await run_mutation(info, lambda work: service_mutations.create_service(work, organization, new))
    return CreateServicePayload(data=data, errors=errors)


def _new_service(input_: CreateServiceInput) -> service_mutations.NewService:
    return service_mutations.NewService(
        code=input_.code,
        name=input_.name,
        city=input_.city,
        country=input_.country,
        contract_account=key(input_.contract_account, models.ContractAccount),
        delivery_account=key(input_.delivery_account, models.DeliveryAccount),
        status=input_.status,
    )
