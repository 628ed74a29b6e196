"""Making services, in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.onboarding import service as service_onboarding
from resolvers.public_id import key
from schema.declare.enums import ServiceStatus
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import CountryCode
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.references import OneService


@gql_input
class CreateServiceInput:
    """A new service, and the two accounts that it ties together."""

    organization: strawberry.ID = strawberry.field(description="The organization to which the service belongs.")
    contract_account: strawberry.ID = strawberry.field(
        description="With whom the service is signed: a contract account of the organization."
    )
    delivery_account: strawberry.ID = strawberry.field(
        description="To whom the service is delivered: a delivery account of the organization."
    )
    code: str = strawberry.field(
        description="The code by which people know the service, such as SVC-000001: 1 to 64 capital letters, digits "
        "and hyphens. No two services of the organization have the same."
    )
    name: str = strawberry.field(description="The name of the service: 1 to 200 characters.")
    status: ServiceStatus = strawberry.field(
        description="Where the service is in its life.", default=ServiceStatus.ACTIVE
    )
    city: str = strawberry.field(description="The city of the site: 1 to 200 characters.")
    country: CountryCode = strawberry.field(description="The country of the site.")


@gql_type
class CreateServicePayload:
    """The new service, or why there is none."""

    answer: strawberry.Private[Answer]
    service: OneService | None = changed("The service that was created. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_service(
    info: Info, input: Annotated[CreateServiceInput, strawberry.argument(description="The new service.")]
) -> CreateServicePayload:
    """`createService`: the payload's service is read as the caller sees it."""
    owner, new = key(input.organization, "org"), _new_service(input)
    answer, errors = await run_mutation(info, lambda work: service_onboarding.create(work, owner, new))
    return CreateServicePayload(answer=answer, errors=errors)


def _new_service(given: CreateServiceInput) -> service_onboarding.NewService:
    return service_onboarding.NewService(
        code=given.code,
        name=given.name,
        city=given.city,
        country=given.country,
        contract_account=key(given.contract_account, "ca"),
        delivery_account=key(given.delivery_account, "da"),
        status=given.status,
    )
