"""The mutations `startViewAs` and `stopViewAs`."""

from typing import Annotated

import strawberry

import models
from resolvers.errors import MutationRejected
from resolvers.mutations.users import view_as
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, read_payload_as_caller
from schema.mutations.payload import MutationError, errors_field, errors_of, run_mutation
from schema.types.references import OneUser

_MINUTES = int(view_as.DURATION.total_seconds() // 60)


@gql_input
class StartViewAsInput:
    """Input for `startViewAs`."""

    id: strawberry.ID = id_of(models.User, "The id of the user, who must be active. You must be able to update them.")
    reason: str = strawberry.field(
        description=f"Why you view as the user, at most {view_as.REASON_MAX} characters. The user can read it in their "
        "audit trail."
    )


@gql_input
class StopViewAsInput:
    """Input for `stopViewAs`."""

    id: strawberry.ID = id_of(models.User, "The id of the user as whom you are viewing.")


@gql_type
class StartViewAsPayload:
    """The user as whom you may now read, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The user, as visible to you. Null if the mutation failed.")
    ends_at: DateTime | None = strawberry.field(
        description=f"When the view ends: {_MINUTES} minutes from now. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class StopViewAsPayload:
    """The user as whom you no longer read, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed(
        "The user, as visible to you. Null if the mutation failed, or if the user isn't visible to you anymore."
    )
    errors: list[MutationError] = errors_field()


async def start_view_as(
    info: Info, input: Annotated[StartViewAsInput, strawberry.argument(description="The user, and the reason.")]
) -> StartViewAsPayload:
    """Resolves `startViewAs`. The payload is read as the caller."""
    context, user_id = info.context.context, key(input.id, models.User)
    try:
        started = await run_in_transaction(
            context.writing, context.caller, lambda work: view_as.start_view_as(work, user_id, input.reason)
        )
    except MutationRejected as rejected:
        return StartViewAsPayload(data={}, ends_at=None, errors=errors_of(rejected.problems))
    data = await read_payload_as_caller(info, started.user_id)
    return StartViewAsPayload(data=data, ends_at=DateTime(started.ends_at), errors=errors_of())


async def stop_view_as(
    info: Info, input: Annotated[StopViewAsInput, strawberry.argument(description="The user to stop viewing as.")]
) -> StopViewAsPayload:
    """Resolves `stopViewAs`. The payload is read as the caller."""
    user_id = key(input.id, models.User)
    data, errors = await run_mutation(info, lambda work: view_as.stop_view_as(work, user_id))
    return StopViewAsPayload(data=data, errors=errors)
