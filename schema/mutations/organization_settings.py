"""The mutation `updateOrganizationSettings`."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.mutations.upkeep import settings as settings_mutations
from resolvers.mutations.upkeep.settings import FIELDS
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import given_values, gql_input
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneOrganization


def _between(days: tuple[int, int]) -> str:
    return f"{days[0]} to {days[1]:,}"


@gql_input
class UpdateOrganizationSettingsInput:
    """Input for `updateOrganizationSettings`. Omitted fields stay unchanged."""

    organization: strawberry.ID = strawberry.field(description="The id of the organization.")
    end_notice_days: list[int] | None = strawberry.field(
        description="How many days before an end of their access users are told, and those who may extend it: at most "
        f"{models.END_NOTICES} numbers, each {_between(models.END_NOTICE_DAYS)}. If empty, nobody is told. Must not be "
        "null.",
        default=strawberry.UNSET,
    )
    dormant_after_days: int | None = strawberry.field(
        description="After how many days without activity users are removed, "
        f"{_between(models.DORMANT_AFTER_DAYS)}. Null removes nobody. The last admin is never removed.",
        default=strawberry.UNSET,
    )
    dormancy_warning_days: int | None = strawberry.field(
        description="How many days before that they are warned, and those who may restore them, "
        f"{_between(models.DORMANCY_WARNING_DAYS)}. Must not be null.",
        default=strawberry.UNSET,
    )
    requires_second_factor: bool | None = strawberry.field(
        description="Whether users of the organization need a second factor to sign in. If you turn it on, you must "
        "have one yourself; the sessions of users without one end, and they set one up when they sign in. Must not be "
        "null.",
        default=strawberry.UNSET,
    )


@gql_type
class UpdateOrganizationSettingsPayload:
    """The organization with its new settings, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def update_organization_settings(
    info: Info,
    input: Annotated[
        UpdateOrganizationSettingsInput, strawberry.argument(description="The organization and its new settings.")
    ],
) -> UpdateOrganizationSettingsPayload:
    """Resolves `updateOrganizationSettings`. The payload is read as the caller."""
    organization, given = key(input.organization, models.Organization), given_values(input)
    new: Any = {column: given[column] for column in FIELDS if column in given}
    data, errors = await run_mutation(
        info, lambda work: settings_mutations.update_organization_settings(work, organization, new)
    )
    return UpdateOrganizationSettingsPayload(data=data, errors=errors)
