"""The mutation `updateUser`."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

import models
from resolvers.access.account_access import CONTENT
from resolvers.access.templates import TemplateId
from resolvers.errors import Problem, beside
from resolvers.mutations.users import update as user_mutations
from resolvers.mutations.users.update import UserChange
from resolvers.public_id import key
from resolvers.validation.person import NewDetails
from schema.declare.enums import Audience, Permission, UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, given_values, gql_input, id_of, user_name
from schema.declare.scalars import CountryCode, PhoneNumber
from schema.execution.read_payload import Info, PayloadData, malformed_values
from schema.mutations.account_access_input import template_conflict
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.access_changes import access_changes
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.references import OneUser


def _optional(description: str) -> Any:
    """Returns an input field that replaces the old value. If omitted, the old value stays."""
    return strawberry.field(description=description, default=strawberry.UNSET, metadata=CHECKED_BESIDE)


@gql_input
class UpdateUserInput:
    """Input for `updateUser`. Omitted fields stay unchanged, and a list replaces the whole previous list. You may only
    give what `viewer.assignable` lists, and the user must have nothing else afterwards. If the user has accounts that
    are not visible to you, you can't change their access."""

    id: strawberry.ID = id_of(models.User, "The id of the user.")
    version: int = strawberry.field(
        description="The `version` of the user that you read. If the user has changed since, the mutation fails with "
        "`STALE`."
    )
    kind: UserKind | None = _optional("The kind of the login. Must not be null.")
    first_name: str | None = user_name(
        "The user's first name, 1 to 100 characters. Null clears it.", default=strawberry.UNSET
    )
    last_name: str | None = user_name(
        "The user's last name, 1 to 100 characters. Null clears it.", default=strawberry.UNSET
    )
    phone: PhoneNumber | None = _optional("The user's phone number. Null clears it.")
    country: CountryCode | None = _optional("The user's country. Null clears it.")
    permissions: list[Permission] | None = _optional(
        "All permissions of the user. `SITES_SERVICES_VIEW` is always included. Must not be null."
    )
    audience: Audience | None = _optional(
        "Whether the user works for the organization or for an end customer. Must not be null."
    )
    all_contract_accounts: bool | None = _optional(
        "Whether the user has access to all contract accounts of the organization, including future ones. If true, "
        "also set `contractAccounts` to an empty list if the user has any. Must not be null."
    )
    contract_accounts: list[strawberry.ID] | None = _optional(
        "The ids of the contract accounts in the user's access. Must be empty with `allContractAccounts`. Must not be "
        "null."
    )
    all_delivery_accounts: bool | None = _optional(
        "Whether the user has access to all delivery accounts of the organization, including future ones. If true, "
        "also set `deliveryAccounts` to an empty list if the user has any. Not allowed for the audience `DELIVERY`. "
        "Must not be null."
    )
    delivery_accounts: list[strawberry.ID] | None = _optional(
        "The ids of the delivery accounts in the user's access. Must be empty with `allDeliveryAccounts`. The audience "
        "`DELIVERY` requires at least one. Must not be null."
    )
    permission_ends: list[PermissionEndInput] | None = permission_ends_field(
        "All expiry times of permissions. If omitted, permissions that stay keep theirs. Must not be null.",
        default=strawberry.UNSET,
    )
    account_ends: list[AccountEndInput] | None = account_ends_field(
        "All expiry times of accounts. If omitted, accounts that stay keep theirs. Must not be null.",
        default=strawberry.UNSET,
    )
    template: strawberry.ID | None = strawberry.field(
        description="The id of an access template that replaces all permissions and accounts of the user, instead of "
        "`audience`, `permissions` and the fields for accounts. It is checked as if you had given its values. A user "
        "whose permissions or accounts you change in another way has no template any more.",
        default=None,
        metadata=CHECKED_BESIDE | {"model": models.AccessTemplate},
    )


@gql_type
class UpdateUserPayload:
    """The updated user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The updated user. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def update_user(
    info: Info, input: Annotated[UpdateUserInput, strawberry.argument(description="The user and the changes.")]
) -> UpdateUserPayload:
    """Resolves `updateUser`. The payload is read as the caller."""
    user_id, change = key(input.id, models.User), _change(input, malformed_values(info))
    data, errors = await run_mutation(info, lambda work: user_mutations.update_user(work, user_id, change))
    return UpdateUserPayload(data=data, errors=errors)


def _change(input_: UpdateUserInput, malformed: Sequence[Problem]) -> UserChange:
    given = given_values(input_)
    details: Any = {name: given[name] for name in NewDetails.__annotations__ if name in given}
    access = access_changes(given)
    has_conflict = input_.template is not None and any(name in CONTENT for name in access)
    conflicts = [template_conflict()] if has_conflict else []
    template = None
    if input_.template is not None and not has_conflict:
        template = TemplateId(key(input_.template, models.AccessTemplate))
    return UserChange(input_.version, details, access, beside(malformed, conflicts), template)
