"""The GraphQL enums: those of the layers below, with a description of each value for clients.

`gql_enum` rejects an enum with an undescribed value, so no value can be added without a description. GraphQL types
import their enums from here or from `action_enums.py`, never from the layers below.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, NamedTuple, TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models import (
    AccessKind,
    AccessReasonKind,
    AccessRequestState,
    AccessReviewDecision,
    AccessReviewState,
    Audience,
    ConditionKind,
    MailStatus,
    Permission,
    Scope,
    SecondFactorMethod,
    ServiceStatus,
    UserKind,
)
from resolvers.errors import ErrorCode
from resolvers.mutations.users.change_users import ChangeMode, UserChangeState
from resolvers.mutations.users.invite import InvitationState, InviteMode
from resolvers.types.email_availability import EmailState
from resolvers.types.user import UserStatus

__all__ = [
    "PERMISSION_TEXTS",
    "AccessKind",
    "AccessReasonKind",
    "AccessRequestState",
    "AccessReviewDecision",
    "AccessReviewState",
    "Audience",
    "ChangeMode",
    "ConditionKind",
    "EmailState",
    "ErrorCode",
    "InvitationState",
    "InviteMode",
    "MailStatus",
    "PasskeyUse",
    "Permission",
    "Scope",
    "SecondFactorMethod",
    "ServiceStatus",
    "UserChangeState",
    "UserKind",
    "UserStatus",
    "gql_enum",
]


class PasskeyUse(StrEnum):
    """What a passkey is used for: the purposes of a challenge but registration."""

    SIGN_IN = "SIGN_IN"
    PROVE = "PROVE"


E = TypeVar("E", bound=type[Enum])


def gql_enum(enum: E, description: str, name: str | None = None, **descriptions: str) -> E:
    """Declares `enum` as a GraphQL enum, under its own name or `name`. `descriptions` are those of its values, by name.

    Raises ValueError if a value has no description, or a description has no value.
    """
    if set(descriptions) != set(enum.__members__):
        mismatch = set(descriptions) ^ set(enum.__members__)
        raise ValueError(f"The descriptions of {enum.__name__} do not match its values: {mismatch}")
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__dict__["__strawberry_definition__"]
    for value in definition.values:
        value.description = descriptions[value.name]
    return enum


class PermissionText(NamedTuple):
    """The texts of a permission: its display name, and what it allows."""

    name: str
    description: str


PERMISSION_TEXTS: Final[Mapping[Permission, PermissionText]] = {
    Permission.SITES_SERVICES_VIEW: PermissionText(
        "Sites & services: view",
        "View sites, services, and accounts within the user's account access. Every user has this permission.",
    ),
    Permission.SUPPORT_VIEW: PermissionText("Support: view", "View support cases and maintenance."),
    Permission.SUPPORT_EDIT: PermissionText("Support: edit", "Create and update support cases. Includes viewing them."),
    Permission.ORDERS_VIEW: PermissionText("Orders: view", "View service delivery."),
    Permission.ORDERS_APPROVE: PermissionText("Orders: approve", "Place and approve orders."),
    Permission.BILLING_VIEW: PermissionText(
        "Billing: view", "View financial details of contract accounts: VAT number, billing email, currency."
    ),
    Permission.DEVELOPER_PORTAL: PermissionText("Developer portal", "Create API clients."),
    Permission.USER_MANAGEMENT: PermissionText(
        "User management", "Manage users. A user with this permission is an admin."
    ),
}
"""The only texts of permissions: for the enum `Permission` and for `Query.permissions`."""


gql_enum(
    UserKind,
    "The kind of a login: personal or shared.",
    PERSONAL="One person.",
    GROUP="Several people who share a mailbox or a distribution list.",
)

gql_enum(
    Audience,
    "Whether a user works for the organization or for an end customer. The audience decides what limits the user.",
    ORGANIZATION="A user of the organization itself, limited by contract accounts.",
    DELIVERY="A user of an end customer, limited by contract accounts and by delivery accounts.",
)

gql_enum(
    UserStatus,
    "The lifecycle state of a user.",
    PENDING="The user was created and has not used the activation link yet, which is still valid.",
    EXPIRED="The user was created and did not activate in time. The activation email can be resent.",
    ACTIVE="The user has activated and can sign in.",
    REMOVED="The user has lost all access. The contact record is kept, and the email address stays taken.",
)

gql_enum(
    Permission,
    "A permission of the permission matrix. `Query.permissions` returns its name and description.",
    **{permission.name: text.description for permission, text in PERMISSION_TEXTS.items()},
)

gql_enum(
    ServiceStatus,
    "The lifecycle state of a service.",
    PLANNED="Ordered, but not delivered yet.",
    ACTIVE="Delivered and in use.",
    SUSPENDED="Temporarily switched off.",
    TERMINATED="Permanently ended.",
)

gql_enum(
    MailStatus,
    "The delivery state of an email.",
    QUEUED="Waiting for its first or next delivery attempt.",
    SENT="Accepted by the mail server.",
    FAILED="Not delivered: the mail server rejected it or was unreachable for too long, or it became obsolete.",
)

gql_enum(
    PasskeyUse,
    "What a passkey is used for.",
    SIGN_IN="To sign in, as the second factor or alone: `signInWithPasskey`.",
    PROVE="To prove again who you are: `reauthenticate`.",
)

gql_enum(
    SecondFactorMethod,
    "What a user can give in addition to their password.",
    TOTP="A code of an authenticator app.",
    PASSKEY="A passkey.",
    RECOVERY_CODE="A recovery code, each of which can be used once.",
)

gql_enum(
    Scope,
    "A scope that limits an API client. The policy defines which of its owner's access each scope covers.",
    BASIC_READ="`basic.read`: the owner's organization, accounts, services, and users.",
    BILLING_READ="`billing.read`, in addition to `basic.read`: billing details, if the owner may view them.",
    USERS_WRITE="`users.write`: the user mutations, if the owner is an admin, and the data that they concern: the "
    "organization, its accounts, and its users. The client can't give users more than its scopes: `BILLING_VIEW` only "
    "with `billing.read`, and never `DEVELOPER_PORTAL` or `USER_MANAGEMENT`.",
    EVENTS_READ="`events.read`, in addition to `basic.read`: the audit events that the owner may view, and the feed of "
    "the organization's events, if the owner may read it.",
)

gql_enum(
    AccessReviewState,
    "How far the recording of an access review has come.",
    PENDING="The access review waits to be recorded.",
    RUNNING="The access is being recorded.",
    COMPLETE="The access is recorded. The access review can be signed off.",
    FAILED="The access could not be recorded. Create a new access review.",
)

gql_enum(
    AccessReviewDecision,
    "What is to become of recorded access.",
    KEEP="The user keeps it.",
    TAKE_AWAY="It is taken away when the access review is signed off with `carryOut`.",
)
gql_enum(
    AccessRequestState,
    "What became of an access request.",
    PENDING="The request waits for a decision.",
    APPROVED="The request was approved: the user was given the access.",
    DECLINED="The request was declined.",
    WITHDRAWN="The requester withdrew the request.",
    EXPIRED="Nobody decided the request in time.",
)

gql_enum(
    AccessKind,
    "The kind of access that an entry of an access review records, or that a user requests.",
    PERMISSION="A permission.",
    CONTRACT_ACCOUNT="A contract account.",
    ALL_CONTRACT_ACCOUNTS="All contract accounts of the organization.",
    DELIVERY_ACCOUNT="A delivery account.",
    ALL_DELIVERY_ACCOUNTS="All delivery accounts of the organization.",
    NOTHING="No permission and no account.",
)

gql_enum(
    AccessReasonKind,
    "How a user had the access that an entry of an access review records.",
    GIVEN="It was given to the user.",
    GIVEN_BEFORE_ACTIVATION="It was given to the user, and takes effect when they activate.",
    GIVEN_BEFORE_REMOVAL="It was given to the user before they were removed, and has no effect.",
    POLICY="Rules of the access policy let the user have it, for what they have been given and what they are.",
)

gql_enum(
    ConditionKind,
    "What a condition of the access policy is about.",
    name="AccessConditionKind",
    PERMISSION="The user has a permission.",
    AUDIENCE="The user is of an audience.",
    ALL_CONTRACT_ACCOUNTS="The user has all contract accounts.",
    ALL_DELIVERY_ACCOUNTS="The user has all delivery accounts.",
    ORGANIZATION="The resource is of the user's organization.",
    GRANT="The user was given an account.",
    CONNECTION="Rows connect the resource with what the user has, such as services.",
    OTHER="Anything else, in words: `text`, or in access reviews `name`.",
)

gql_enum(
    EmailState,
    "Whether a user can be created with an email address.",
    AVAILABLE="The email address is available.",
    TAKEN="A user visible to you has the email address.",
    UNAVAILABLE="The email address can't be used. No reason is given.",
)

gql_enum(
    ErrorCode,
    "The cause of a failed mutation, and what to do about it.",
    **{code.name: code.description for code in ErrorCode},
)

gql_enum(
    InviteMode,
    "What happens to the other invitations if one email address can't be invited.",
    ALL_OR_NOTHING="No one is invited.",
    AS_MANY_AS_POSSIBLE="The others are invited.",
)

gql_enum(
    ChangeMode,
    "What happens to the other users if one can't be changed.",
    ALL_OR_NOTHING="No one is changed.",
    AS_MANY_AS_POSSIBLE="The others are changed.",
)

gql_enum(
    UserChangeState,
    "The outcome for one user of a change of many.",
    CHANGED="The user was changed.",
    WOULD_BE_CHANGED="The user would be changed if this were not a dry run.",
    UNCHANGED="The user already is as the change would make them.",
    NOT_CHANGED="The user can be changed, but nobody was because of another problem. See the `errors` of the payload.",
    REFUSED="The user can't be changed. See the `errors` of this result.",
)

gql_enum(
    InvitationState,
    "The outcome for one email address of an invitation.",
    INVITED="A pending user was created, and the activation email is on its way.",
    WOULD_BE_INVITED="The user would be invited if this were not a dry run.",
    NOT_INVITED="The email address is fine, but nobody was invited because of another problem. See the `errors` of the "
    "payload.",
    REFUSED="The email address can't be invited. See the `errors` of this result.",
)
