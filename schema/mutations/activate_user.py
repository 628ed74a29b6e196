"""`activateUser` in the contract."""

from typing import Annotated

import strawberry

from resolvers.mutations.users.activate import activate
from resolvers.validation.person import NewDetails
from schema.declare.enums import UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, unset_to_none
from schema.declare.scalars import CountryCode, PhoneNumber
from schema.mutations.payload import Answer, Info, MutationError, errors_field, read_payload_as_user, run_mutation
from schema.types.references import OneUser


@gql_input
class ActivateUserInput:
    """What the activation link carries, and what its reader chooses and tells of themselves. Who was invited has no
    name yet, and gives one here; who was created keeps what an admin has written, unless they give something else."""

    token: str = strawberry.field(description="The token from the activation link.")
    password: str = strawberry.field(description="The password that the user will sign in with.")
    kind: UserKind | None = strawberry.field(
        description="Who stands behind the login. Left out or null, it stays: `PERSONAL` for who was invited.",
        default=strawberry.UNSET,
    )
    first_name: str | None = strawberry.field(
        description="The first name: 1 to 100 characters. Left out or null, it stays; a `PERSONAL` user who has none "
        "must give one, a `GROUP` need not.",
        default=strawberry.UNSET,
    )
    last_name: str | None = strawberry.field(description="The last name: as the first name.", default=strawberry.UNSET)
    phone: PhoneNumber | None = strawberry.field(
        description="The phone number. Left out or null, it stays.", default=strawberry.UNSET
    )
    country: CountryCode | None = strawberry.field(
        description="The country. Left out or null, it stays.", default=strawberry.UNSET
    )


@gql_type
class ActivateUserPayload:
    """The user who can sign in now, or why they can't."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was activated, as they see themselves. Null when refused.")
    errors: list[MutationError] = errors_field()


async def activate_user(
    info: Info,
    input: Annotated[ActivateUserInput, strawberry.argument(description="Token, password, and who the user is.")],
) -> ActivateUserPayload:
    """`activateUser`: the payload's user is read as themselves, who have shown with the token that it is them."""
    told = NewDetails(
        kind=unset_to_none(input.kind),
        first_name=unset_to_none(input.first_name),
        last_name=unset_to_none(input.last_name),
        phone=unset_to_none(input.phone),
        country=unset_to_none(input.country),
    )
    answer, errors = await run_mutation(
        info, lambda work: activate(work, input.token, input.password, told), read_payload_as_user
    )
    return ActivateUserPayload(answer=answer, errors=errors)
