"""The type `AccessRequest`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import access_request
from schema.declare.action_enums import AccessRequestAction
from schema.declare.connection import Connection
from schema.declare.enums import AccessKind, AccessRequestState, Permission, gql_enum
from schema.declare.fields import column, computed, gql_type, node, one
from schema.declare.filters import condition, with_ids
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION
from schema.declare.scalars import DateTime
from schema.types.references import OneContractAccount, OneDeliveryAccount, OneUser


@gql_input
class AccessRequestFilter:
    """Filters access requests. All given conditions must be met."""

    ids: list[strawberry.ID] | None = with_ids(models.AccessRequest, "With one of these ids.")
    state: list[AccessRequestState] | None = condition("In one of these states. An empty list matches nothing.")
    requesters: list[strawberry.ID] | None = with_ids(models.User, "Made by one of these users.")
    mine: bool | None = condition("Whether you made the request yourself.")


class AccessRequestOrder(StrEnum):
    """Sort orders of access requests."""

    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(AccessRequestOrder, "The sort order of access requests.", **BY_CREATION)


@node(
    model=models.AccessRequest,
    filters=access_request.FILTERS,
    orders=access_request.ORDERS,
    filter_type=AccessRequestFilter,
    default_order=AccessRequestOrder.CREATED_AT_DESC,
)
class AccessRequest(Node):
    """A user's request for a permission or for an account. It is visible to the user, and to those who may assign
    exactly that to them."""

    requester: OneUser | None = one(
        access_request.requester, "The user who made the request. Null if the user isn't visible to you."
    )
    kind: AccessKind = column("What is requested: a permission, a contract account, or a delivery account.")
    permission: Permission | None = column("The requested permission. Null if an account is requested.")
    account: str | None = column(
        "The requested account in the requester's words, which may name no account, or several. Null if a permission "
        "is requested."
    )
    contract_account: OneContractAccount | None = one(
        access_request.contract_account,
        "The contract account that `account` identified when the request was made. Null if it identified none, or if "
        "the account isn't visible to you.",
    )
    delivery_account: OneDeliveryAccount | None = one(
        access_request.delivery_account,
        "The delivery account that `account` identified when the request was made. Null if it identified none, or if "
        "the account isn't visible to you.",
    )
    ends_at: DateTime | None = column("When the access is to expire. Null if it isn't to expire.")
    reason: str = column("Why the requester needs the access.")
    state: AccessRequestState = computed(access_request.state, "What became of the request.")
    created_at: DateTime = column("When the request was made.")
    expires_at: DateTime = column("When the request expires unless it is decided before.")
    decided_at: DateTime | None = column(
        "When the request was approved, declined or withdrawn, or when its expiry was recorded. Null if it is pending."
    )
    decided_by: OneUser | None = one(
        access_request.decided_by,
        "The user who approved or declined the request. Null if it isn't decided, or if the user isn't visible to you.",
        crosses=True,
    )
    note: str | None = column("The note of the user who approved or declined the request.")
    granted_until: DateTime | None = column(
        "When the access that was approved expires. Null if it doesn't, or if the request isn't approved."
    )
    viewer_can: list[AccessRequestAction] = computed(
        access_request.can, "The actions that you may perform on the access request.", Encoding.JSON
    )


@gql_type
class AccessRequestConnection(Connection[AccessRequest]):
    """A page of access requests. Includes and counts only those visible to you."""
