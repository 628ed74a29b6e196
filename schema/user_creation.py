"""What is done to users, in the contract: create and activate."""

from typing import Annotated, TypeVar

import strawberry

from resolvers import users
from resolvers.account_access import AccountAccess
from schema.binding import changed, described
from schema.input_check import keys
from schema.inputs import described_input
from schema.payload import Answer, Info, MutationError, errors_field, performed, shown_to
from schema.references import OneUser
from schema.scalars import CountryCode, EmailAddress, PhoneNumber
from schema.vocabulary import Audience, Permission, UserKind

T = TypeVar("T")


def _left_out_as_none(value: T | None) -> T | None:
    return None if value is strawberry.UNSET else value


@described_input
class CreateUserInput:
    """A new user: who they are, and what they are given. `viewer.assignable` tells what you may give."""

    kind: UserKind = strawberry.field(description="Who stands behind the login.", default=UserKind.PERSONAL)
    audience: Audience = strawberry.field(
        description="Whose person the user is, and so what limits them.", default=Audience.ORGANIZATION
    )
    email: EmailAddress = strawberry.field(
        description="The address that the user signs in with, and to which the activation mail goes."
    )
    first_name: str = strawberry.field(description="The first name: 1 to 100 characters.")
    last_name: str = strawberry.field(description="The last name: 1 to 100 characters.")
    phone: PhoneNumber | None = strawberry.field(description="The phone number.", default=strawberry.UNSET)
    country: CountryCode | None = strawberry.field(description="The country.", default=strawberry.UNSET)
    permissions: list[Permission] = strawberry.field(
        description="The permissions. `SITES_SERVICES_VIEW` is given in any case.", default_factory=list
    )
    all_contract_accounts: bool = strawberry.field(
        description="All contract accounts of the organization, also those to come.", default=False
    )
    contract_accounts: list[strawberry.ID] = strawberry.field(
        description="Contract accounts, one by one; empty with `allContractAccounts`.", default_factory=list
    )
    all_delivery_accounts: bool = strawberry.field(
        description="All delivery accounts of the organization, also those to come. Not for the audience `DELIVERY`.",
        default=False,
    )
    delivery_accounts: list[strawberry.ID] = strawberry.field(
        description="Delivery accounts, one by one; empty with `allDeliveryAccounts`. The audience `DELIVERY` has at "
        "least one.",
        default_factory=list,
    )


@described_input
class ActivateUserInput:
    """What the activation link carries, and what its reader chooses."""

    token: str = strawberry.field(description="The token from the activation link.")
    password: str = strawberry.field(description="The password that the user will sign in with.")


@described
class CreateUserPayload:
    """The new user, or why there is none."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was created, if you may see them. Null when refused.")
    errors: list[MutationError] = errors_field()


@described
class ActivateUserPayload:
    """The user who can sign in now, or why they can't."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was activated, as they see themselves. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_user(
    info: Info, input: Annotated[CreateUserInput, strawberry.argument(description="The new user.")]
) -> CreateUserPayload:
    """`createUser`: the payload's user is read as the caller sees them."""
    answer, errors = await performed(info, lambda work: users.create(work, _new_user(input)))
    return CreateUserPayload(answer=answer, errors=errors)


async def activate_user(
    info: Info, input: Annotated[ActivateUserInput, strawberry.argument(description="Token and password.")]
) -> ActivateUserPayload:
    """`activateUser`: the payload's user is read as themselves, who have shown with the token that it is them."""
    answer, errors = await performed(info, lambda work: users.activate(work, input.token, input.password), shown_to)
    return ActivateUserPayload(answer=answer, errors=errors)


def _new_user(given: CreateUserInput) -> users.NewUser:
    return users.NewUser(
        email=given.email,
        first_name=given.first_name,
        last_name=given.last_name,
        kind=given.kind,
        phone=_left_out_as_none(given.phone),
        country=_left_out_as_none(given.country),
        access=AccountAccess(
            audience=given.audience,
            permissions=tuple(given.permissions),
            all_contract_accounts=given.all_contract_accounts,
            contract_accounts=keys(given.contract_accounts, "ca"),
            all_delivery_accounts=given.all_delivery_accounts,
            delivery_accounts=keys(given.delivery_accounts, "da"),
        ),
    )
