"""The mutations `requestAccess`, `approveAccessRequest`, `declineAccessRequest` and `withdrawAccessRequest`."""

from datetime import datetime
from typing import Annotated

import strawberry

import models
from resolvers.mutations.access_requests import decide, request
from resolvers.public_id import key
from schema.declare.enums import Permission
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input, id_of, unset_to_none
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, malformed_values
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneAccessRequest


@gql_input
class RequestAccessInput:
    """Input for `requestAccess`. Exactly one of `permission`, `contractAccount` and `deliveryAccount` is required."""

    permission: Permission | None = strawberry.field(
        description="The permission that you need.", default=strawberry.UNSET
    )
    contract_account: str | None = strawberry.field(
        description="The contract account that you need, in your words: its name, its id, or the code of one of its "
        f"services, at most {request.ACCOUNT_MAX} characters. Whether there is such an account is not revealed to you.",
        default=strawberry.UNSET,
    )
    delivery_account: str | None = strawberry.field(
        description="The delivery account that you need, in the same way.", default=strawberry.UNSET
    )
    ends_at: DateTime | None = strawberry.field(
        description="When the access is to expire. Omit it if you need the access for good.",
        default=strawberry.UNSET,
        metadata=CHECKED_BESIDE,
    )
    reason: str = strawberry.field(
        description=f"Why you need the access, 1 to {request.REASON_MAX} characters. Read by those who decide."
    )


@gql_input
class ApproveAccessRequestInput:
    """Input for `approveAccessRequest`."""

    id: strawberry.ID = id_of(models.AccessRequest, "The id of the access request.")
    ends_at: DateTime | None = strawberry.field(
        description="When the access expires, if that is to be earlier than requested.",
        default=strawberry.UNSET,
    )
    account: strawberry.ID | None = strawberry.field(
        description="The id of the account that is meant. Required if the words of the request identify none, and not "
        "allowed otherwise.",
        default=strawberry.UNSET,
        metadata={"model": (models.ContractAccount, models.DeliveryAccount)},
    )
    note: str | None = strawberry.field(
        description=f"A note for the requester, at most {decide.NOTE_MAX} characters.", default=strawberry.UNSET
    )


@gql_input
class DeclineAccessRequestInput:
    """Input for `declineAccessRequest`."""

    id: strawberry.ID = id_of(models.AccessRequest, "The id of the access request.")
    note: str = strawberry.field(
        description=f"A note for the requester that says why, 1 to {decide.NOTE_MAX} characters."
    )


@gql_input
class WithdrawAccessRequestInput:
    """Input for `withdrawAccessRequest`."""

    id: strawberry.ID = id_of(models.AccessRequest, "The id of the access request, which must be your own.")


@gql_type
class RequestAccessPayload:
    """The new access request, or the errors."""

    data: strawberry.Private[PayloadData]
    access_request: OneAccessRequest | None = changed("The new access request. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class ApproveAccessRequestPayload:
    """The approved access request, or the errors."""

    data: strawberry.Private[PayloadData]
    access_request: OneAccessRequest | None = changed("The approved access request. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class DeclineAccessRequestPayload:
    """The declined access request, or the errors."""

    data: strawberry.Private[PayloadData]
    access_request: OneAccessRequest | None = changed("The declined access request. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class WithdrawAccessRequestPayload:
    """The withdrawn access request, or the errors."""

    data: strawberry.Private[PayloadData]
    access_request: OneAccessRequest | None = changed("The withdrawn access request. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def request_access(
    info: Info,
    input: Annotated[RequestAccessInput, strawberry.argument(description="What you need, until when, and why.")],
) -> RequestAccessPayload:
    """Resolves `requestAccess`. The payload is read as the caller."""
    new = request.NewRequest(
        input.reason,
        unset_to_none(input.permission),
        unset_to_none(input.contract_account),
        unset_to_none(input.delivery_account),
        _time(input.ends_at),
        tuple(malformed_values(info)),
    )
    data, errors = await run_mutation(info, lambda work: request.request_access(work, new))
    return RequestAccessPayload(data=data, errors=errors)


async def approve_access_request(
    info: Info,
    input: Annotated[ApproveAccessRequestInput, strawberry.argument(description="The access request to approve.")],
) -> ApproveAccessRequestPayload:
    """Resolves `approveAccessRequest`. The payload is read as the caller."""
    id_ = key(input.id, models.AccessRequest)
    approval = decide.Approval(_time(input.ends_at), unset_to_none(input.account), unset_to_none(input.note))
    data, errors = await run_mutation(info, lambda work: decide.approve_access_request(work, id_, approval))
    return ApproveAccessRequestPayload(data=data, errors=errors)


async def decline_access_request(
    info: Info,
    input: Annotated[DeclineAccessRequestInput, strawberry.argument(description="The access request to decline.")],
) -> DeclineAccessRequestPayload:
    """Resolves `declineAccessRequest`. The payload is read as the caller."""
    id_ = key(input.id, models.AccessRequest)
    data, errors = await run_mutation(info, lambda work: decide.decline_access_request(work, id_, input.note))
    return DeclineAccessRequestPayload(data=data, errors=errors)


async def withdraw_access_request(
    info: Info,
    input: Annotated[WithdrawAccessRequestInput, strawberry.argument(description="The access request to withdraw.")],
) -> WithdrawAccessRequestPayload:
    """Resolves `withdrawAccessRequest`. The payload is read as the caller."""
    id_ = key(input.id, models.AccessRequest)
    data, errors = await run_mutation(info, lambda work: decide.withdraw_access_request(work, id_))
    return WithdrawAccessRequestPayload(data=data, errors=errors)


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
