"""The mutations `createAccessTemplate`, `updateAccessTemplate`, `removeAccessTemplate`."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.access_preview.differences import differences
from resolvers.errors import MutationRejected
from resolvers.mutations.access_templates import mutations
from resolvers.mutations.access_templates.mutations import NewTemplate
from resolvers.mutations.access_templates.update import TemplateChange, update_template
from resolvers.mutations.users.change_users import UserChangeState as State
from resolvers.public_id import encode, key
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.enums import Audience, Permission
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, given_values, gql_input, id_of
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_nodes_as_caller
from schema.mutations.account_access_input import (
    all_contract_accounts_field,
    all_delivery_accounts_field,
    audience_field,
    contract_accounts_field,
    delivery_accounts_field,
    listed_access,
    permissions_field,
)
from schema.mutations.change_users import UserChangeResult, result_of
from schema.mutations.payload import MutationError, errors_field, errors_of, run_mutation
from schema.types.access_changes import access_changes
from schema.types.references import OneAccessTemplate

_NAME = "The name, 1 to 200 characters, which must be unique in the organization. Case and accents don't count."


@gql_input
class CreateAccessTemplateInput:
    """Input for `createAccessTemplate`. `viewer.assignable` lists what a template of yours may hold."""

    name: str = strawberry.field(description=_NAME, metadata=CHECKED_BESIDE)
    audience: Audience = audience_field()
    permissions: list[Permission] = permissions_field()
    all_contract_accounts: bool = all_contract_accounts_field()
    contract_accounts: list[strawberry.ID] = contract_accounts_field()
    all_delivery_accounts: bool = all_delivery_accounts_field()
    delivery_accounts: list[strawberry.ID] = delivery_accounts_field()


def _optional(description: str) -> Any:
    return strawberry.field(description=description, default=strawberry.UNSET, metadata=CHECKED_BESIDE)


@gql_input
class UpdateAccessTemplateInput:
    """Input for `updateAccessTemplate`. Omitted fields stay unchanged, and a list replaces the whole previous list."""

    id: strawberry.ID = id_of(models.AccessTemplate, "The id of the template.")
    version: int = strawberry.field(
        description="The `version` of the template that you read. If it has changed since, the mutation fails with "
        "`STALE`."
    )
    name: str | None = _optional(f"{_NAME} Null keeps the name.")
    audience: Audience | None = _optional("As in `createAccessTemplate`. Must not be null.")
    permissions: list[Permission] | None = _optional("All permissions. Must not be null.")
    all_contract_accounts: bool | None = _optional("As in `createAccessTemplate`. Must not be null.")
    contract_accounts: list[strawberry.ID] | None = _optional(
        "The ids of all listed contract accounts. Must not be null."
    )
    all_delivery_accounts: bool | None = _optional("As in `createAccessTemplate`. Must not be null.")
    delivery_accounts: list[strawberry.ID] | None = _optional(
        "The ids of all listed delivery accounts. Must not be null."
    )
    dry_run: bool = strawberry.field(
        description="Whether to only report what would happen to the users of the template, without changing anything.",
        default=False,
    )


@gql_input
class RemoveAccessTemplateInput:
    """Input for `removeAccessTemplate`."""

    id: strawberry.ID = id_of(models.AccessTemplate, "The id of the template.")


@gql_type
class CreateAccessTemplatePayload:
    """The created access template, or the errors."""

    data: strawberry.Private[PayloadData]
    access_template: OneAccessTemplate | None = changed("The created template. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class UpdateAccessTemplatePayload:
    """The changed access template and the outcome for each of its users, or the errors."""

    data: strawberry.Private[PayloadData]
    access_template: OneAccessTemplate | None = changed(
        "The template: for a dry run, as it is. Null if the mutation failed.", place=1
    )
    results: list[UserChangeResult] = strawberry.field(
        description="The outcome for each user of the template, by name: all of them are changed, or none. Empty if "
        "the users were not checked because the input is invalid."
    )
    changed: int = strawberry.field(
        description="The number of changed users. For a dry run, the number of users that would be changed."
    )
    errors: list[MutationError] = strawberry.field(
        description="All errors of the mutation, those of its users at the path of the id. Empty if it succeeded, or "
        "would have without `dryRun`."
    )


@gql_type
class RemoveAccessTemplatePayload:
    """The id of the removed access template, or the errors."""

    removed_id: strawberry.ID | None = strawberry.field(
        description="The id of the removed template. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


async def create_access_template(
    info: Info, input: Annotated[CreateAccessTemplateInput, strawberry.argument(description="The template.")]
) -> CreateAccessTemplatePayload:
    """Resolves `createAccessTemplate`. The payload is read as the caller."""
    new = NewTemplate(input.name, listed_access(input), malformed_values(info))
    data, errors = await run_mutation(info, lambda work: mutations.create_template(work, new))
    return CreateAccessTemplatePayload(data=data, errors=errors)


async def update_access_template(
    info: Info,
    input: Annotated[UpdateAccessTemplateInput, strawberry.argument(description="The template and the changes.")],
) -> UpdateAccessTemplatePayload:
    """Resolves `updateAccessTemplate`. The template and its users are read together, as the caller."""
    context, template_id = info.context.context, key(input.id, models.AccessTemplate)
    given = given_values(input)
    change = TemplateChange(
        input.version, given.get("name"), access_changes(given), input.dry_run, malformed_values(info)
    )
    outcome = await update_template(context.writing, context.caller, template_id, change, differences)
    data = await read_payload_nodes_as_caller(
        info, [row.user_id for row in outcome.rows], "User", None if outcome.problems else template_id
    )
    return UpdateAccessTemplatePayload(
        data=data,
        results=[result_of(row, data) for row in outcome.rows],
        changed=outcome.count(State.CHANGED, State.WOULD_BE_CHANGED),
        errors=errors_of(outcome.problems),
    )


async def remove_access_template(
    info: Info, input: Annotated[RemoveAccessTemplateInput, strawberry.argument(description="The template to remove.")]
) -> RemoveAccessTemplatePayload:
    """Resolves `removeAccessTemplate`."""
    context, template_id = info.context.context, key(input.id, models.AccessTemplate)
    try:
        removed = await run_in_transaction(
            context.writing, context.caller, lambda work: mutations.remove_template(work, template_id)
        )
    except MutationRejected as rejected:
        return RemoveAccessTemplatePayload(removed_id=None, errors=errors_of(rejected.problems))
    return RemoveAccessTemplatePayload(
        removed_id=strawberry.ID(encode(models.AccessTemplate, removed)), errors=errors_of()
    )
