"""The query `accessPreview`: what a user would see after a change of their access."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

import models
from resolvers.access.account_access import GrantKind
from resolvers.access.templates import TemplateId
from resolvers.access_preview.preview import preview
from resolvers.access_preview.proposal import Proposal
from resolvers.access_preview.views import View, in_view
from resolvers.errors import Problem
from resolvers.public_id import key
from resolvers.query.selection import Request
from schema.declare.enums import Audience, Permission
from schema.declare.fields import AS_TEXT, AsText, gql_type, many, reread
from schema.declare.inputs import CHECKED_BESIDE, given_values, gql_input, unset_to_none
from schema.execution.context import Context
from schema.execution.read_after import reload_actor
from schema.execution.read_payload import Info, PayloadData
from schema.types.access_changes import access_changes
from schema.types.access_expiry import AccountEndInput, PermissionEndInput, account_ends_field, permission_ends_field
from schema.types.mutation_error import MutationError, errors_of
from schema.types.references import ContractAccounts, DeliveryAccounts, Services, Users


def _optional(description: str) -> Any:
    return strawberry.field(description=description, default=strawberry.UNSET, metadata=CHECKED_BESIDE)


@gql_input
class AccessPreviewInput:
    """Input for `accessPreview`: a user and a change of their access. Omitted fields stay as they are, or for a new
    user, as `createUser` has them."""

    user: strawberry.ID | None = strawberry.field(
        description="The id of the user. Omit it for a new user.",
        default=strawberry.UNSET,
        metadata={"model": models.User},
    )
    remove: bool = strawberry.field(
        description="Whether the user is removed. Requires `user`, and no change of the access.", default=False
    )
    restore: bool = strawberry.field(
        description="Whether the user, who was removed, is restored. Requires `user`, and no change of the access.",
        default=False,
    )
    template: strawberry.ID | None = strawberry.field(
        description="The id of an access template that says what the user gets, instead of `audience`, `permissions` "
        "and the fields for accounts.",
        default=strawberry.UNSET,
        metadata=CHECKED_BESIDE | {"model": models.AccessTemplate},
    )
    audience: Audience | None = _optional("As in `createUser` and `updateUser`. Must not be null.")
    permissions: list[Permission] | None = _optional("All permissions of the user. Must not be null.")
    all_contract_accounts: bool | None = _optional("As in `createUser` and `updateUser`. Must not be null.")
    contract_accounts: list[strawberry.ID] | None = _optional(
        "The ids of all contract accounts in the user's access. Must not be null."
    )
    all_delivery_accounts: bool | None = _optional("As in `createUser` and `updateUser`. Must not be null.")
    delivery_accounts: list[strawberry.ID] | None = _optional(
        "The ids of all delivery accounts in the user's access. Must not be null."
    )
    permission_ends: list[PermissionEndInput] | None = permission_ends_field(
        "All expiry times of permissions. If omitted, permissions that stay keep theirs. Must not be null.",
        default=strawberry.UNSET,
    )
    account_ends: list[AccountEndInput] | None = account_ends_field(
        "All expiry times of accounts. If omitted, accounts that stay keep theirs. Must not be null.",
        default=strawberry.UNSET,
    )
    with_permissions: list[Permission] | None = strawberry.field(
        description="Permissions that the user gets besides what they have, as by `approveAccessRequest`. Requires "
        "`user`, and neither a template nor any field that says what the user has afterwards.",
        default=strawberry.UNSET,
    )
    with_accounts: list[strawberry.ID] | None = strawberry.field(
        description="The ids of contract accounts and delivery accounts that the user gets besides what they have. "
        "Requires the same.",
        default=strawberry.UNSET,
        metadata={"model": (models.ContractAccount, models.DeliveryAccount)},
    )
    without_permissions: list[Permission] | None = strawberry.field(
        description="Permissions that the user loses. Requires `user`.", default=strawberry.UNSET
    )
    without_accounts: list[strawberry.ID] | None = strawberry.field(
        description="The ids of contract accounts and delivery accounts that the user loses, as far as they were "
        "given to the user one by one. Requires `user`.",
        default=strawberry.UNSET,
        metadata={"model": (models.ContractAccount, models.DeliveryAccount)},
    )


@gql_type
class AccessView:
    """What a user sees, as far as it is visible to you. The contents of its nodes are as visible to you."""

    contract_accounts: ContractAccounts = many("ContractAccount", in_view, "The contract accounts.")
    delivery_accounts: DeliveryAccounts = many("DeliveryAccount", in_view, "The delivery accounts.")
    services: Services = many("Service", in_view, "The services.")
    users: Users = many("User", in_view, "The users. A new user is not among them.")


@gql_type
class AccessPreview:
    """What a user would see after a change of their access, or the errors for which the change would be refused."""

    data: strawberry.Private[PayloadData]
    errors: list[MutationError] = strawberry.field(
        description="All errors of the change, as the mutation would return them: `createUser`, `updateUser`, "
        "`removeUser` or `restoreUser`. Empty if the change is possible."
    )
    after: AccessView | None = reread(View.AFTER, "What the user would see. Null if there are errors.")
    gains: AccessView | None = reread(
        View.GAINS, "What the user would see, and doesn't see now. Null if there are errors."
    )
    loses: AccessView | None = reread(
        View.LOSES, "What the user sees now, and would no longer see. Null if there are errors."
    )


def access_preview(
    info: Info,
    input: Annotated[AccessPreviewInput, strawberry.argument(description="The user and the change.")],
) -> AccessPreview:
    """Resolves `accessPreview` from what it was answered."""
    answer = info.context.answers[str(info.path.key)]
    if isinstance(answer, str):
        return AccessPreview(data=json.loads(answer), errors=errors_of())
    return AccessPreview(data={}, errors=errors_of(answer))


async def _answer(context: Context, request: Request, proposal: Proposal) -> str:
    """Returns the JSON text of a preview. The rows are read as the caller."""
    reload = partial(reload_actor, context, context.caller)
    return await preview(context.reader, context.writing, context.caller, proposal, request, reload=reload)


def _proposal(malformed: Sequence[Problem], input: AccessPreviewInput) -> Proposal:
    user, template = unset_to_none(input.user), unset_to_none(input.template)
    return Proposal(
        is_new=user is None,
        user_id=None if user is None else key(user, models.User),
        remove=input.remove,
        restore=input.restore,
        changes=access_changes(given_values(input)),
        template=None if template is None else TemplateId(key(template, models.AccessTemplate)),
        granted=tuple(_granted(input)),
        withdrawn=frozenset(
            [*(unset_to_none(input.without_permissions) or ()), *_accounts(unset_to_none(input.without_accounts))]
        ),
        malformed=malformed,
    )


def _granted(input: AccessPreviewInput) -> Iterator[tuple[GrantKind, Permission | UUID | None]]:
    """What the user gets besides. An id that no account can have stands for one that nobody may assign."""
    for permission in unset_to_none(input.with_permissions) or ():
        yield GrantKind.PERMISSION, permission
    for id_ in unset_to_none(input.with_accounts) or ():
        delivery = key(id_, models.DeliveryAccount)
        kind = GrantKind.CONTRACT_ACCOUNT if delivery is None else GrantKind.DELIVERY_ACCOUNT
        yield kind, delivery or key(id_, models.ContractAccount)


def _accounts(ids: Sequence[str] | None) -> Iterator[UUID]:
    """The keys of the accounts; ids that no account can have are of nothing that the user has."""
    for id_ in ids or ():
        found = key(id_, models.ContractAccount) or key(id_, models.DeliveryAccount)
        if found:
            yield found


PREVIEW: Final = {AS_TEXT: AsText(_proposal, _answer)}
"""The metadata of the field."""
