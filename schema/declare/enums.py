"""The GraphQL enums: those of the layers below, with a description of each value for clients.

`gql_enum` rejects an enum with an undescribed value, so no value can be added without a description. GraphQL types
import their enums from here or from `action_enums.py`, never from the layers below.
"""

from collections.abc import Mapping
from enum import Enum
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
    AuditKind,
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
from resolvers.policy_analysis.condition_kind import ConditionKind
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
    "AuditKind",
    "ChangeMode",
    "ConditionKind",
    "EmailState",
    "ErrorCode",
    "InvitationState",
    "InviteMode",
    "MailStatus",
    "Permission",
    "Scope",
    "SecondFactorMethod",
    "ServiceStatus",
    "UserChangeState",
    "UserKind",
    "UserStatus",
    "gql_enum",
]

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
    AuditKind,
    "The kind of an audit event.",
    USER_CREATED="A user was created.",
    USER_INVITED="A user was created from an email address alone.",
    USER_ACTIVATED="A new user set their password.",
    USER_UPDATED="A user's details, permissions, or account access were changed.",
    USER_ACTIVATION_RESENT="A user was sent a new activation email.",
    USER_REMOVED="A user was removed.",
    USER_RESTORED="A removed user was restored.",
    USER_ERASED="The personal data of a removed user was erased, by the operator.",
    USER_EXPORTED="The personal data of a user was exported, by the operator.",
    USER_PASSWORD_CHANGED="A user changed their password.",
    USER_PASSWORD_REFUSED="A user tried to change their password but entered an incorrect current password.",
    USER_PASSWORD_RESET_REQUESTED="Someone requested a password reset email.",
    USER_PASSWORD_RESET="A user set a new password with the link from an email.",
    USER_IDENTITY_LINKED="The identity of a user at a provider was linked.",
    USER_IDENTITY_UNLINKED="The identity of a user at a provider was unlinked.",
    USER_END_ANNOUNCED="Emails announced that permissions or accounts of a user are about to expire.",
    USER_DORMANCY_WARNED="Emails warned that a user will be removed unless they sign in.",
    ORGANIZATION_CREATED="An organization was created.",
    ORGANIZATION_EXPORTED="All data of an organization was exported, by the operator.",
    ORGANIZATION_DELETED="An organization was deleted with all its data, by the operator.",
    ORGANIZATION_SETTINGS_CHANGED="The settings of an organization were changed.",
    SINGLE_SIGN_ON_CHANGED="The provider of an organization was set or changed.",
    SINGLE_SIGN_ON_REMOVED="The provider of an organization was removed.",
    SIGN_IN_DOMAIN_ADDED="A domain was added to an organization.",
    SIGN_IN_DOMAIN_VERIFIED="A domain of an organization was verified.",
    SIGN_IN_DOMAIN_LAPSED="The record of a domain was missing for too long: the domain is no longer verified.",
    SIGN_IN_DOMAIN_REMOVED="A domain was removed from an organization.",
    CONTRACT_ACCOUNT_CREATED="A contract account was created.",
    DELIVERY_ACCOUNT_CREATED="A delivery account was created.",
    SERVICE_CREATED="A service was created.",
    SERVICES_IMPORTED="Services were imported from a file.",
    ACCESS_REVIEW_CREATED="An access review was created.",
    ACCESS_REVIEW_RECORDED="An access review is complete. `changes` holds the number of its entries.",
    ACCESS_REVIEW_DECIDED="Entries of an access review were marked. `changes` holds how many with which decision.",
    ACCESS_REVIEW_SIGNED_OFF="An access review was signed off.",
    SESSION_STARTED="A user signed in.",
    SESSION_REFUSED="An attempt to sign in was rejected.",
    SESSION_ENDED="A user signed out.",
    MUTATION_REFUSED="A mutation was denied by the access rules. `changes` holds its name, and the codes and paths of "
    "the errors.",
    QUERY_REFUSED="A query was denied by the access rules. `changes` holds its name, and the codes and paths of the "
    "errors.",
    WEBHOOK_CREATED="A webhook was created.",
    WEBHOOK_UPDATED="A webhook was changed, paused or resumed.",
    WEBHOOK_STOPPED="The server stopped a webhook. `changes` says why.",
    WEBHOOK_SECRET_ROTATED="A second secret of a webhook was created, to replace the first.",
    WEBHOOK_SECRET_RETIRED="The former secret of a webhook was retired.",
    WEBHOOK_TESTED="A test was sent to a webhook.",
    WEBHOOK_EVENT_RESENT="An event was sent to a webhook once more.",
    WEBHOOK_REMOVED="A webhook was removed, with its log.",
    ACCESS_TEMPLATE_CREATED="An access template was created.",
    ACCESS_TEMPLATE_UPDATED="An access template was changed, and with it the access of the users who have it.",
    ACCESS_TEMPLATE_REMOVED="An access template was removed. Its users kept their access.",
    API_CLIENT_CREATED="An API client was created.",
    API_CLIENT_SECRET_ROTATED="A second secret of an API client was created, to replace the first.",
    API_CLIENT_SECRET_RETIRED="A secret of an API client was retired.",
    API_CLIENT_REVOKED="An API client was revoked, or its owner was removed.",
    SCIM_TOKEN_CREATED="A SCIM token was created.",
    SCIM_TOKEN_REVOKED="A SCIM token was revoked, or the admin who created it was removed.",
    ACCESS_TOKEN_ISSUED="An access token was issued to an API client.",
    ACCESS_TOKEN_REFUSED="An API client's request for an access token was rejected.",
    ACCESS_TOKEN_REVOKED="An access token of an API client was revoked.",
    USER_VIEWED_AS="An admin began to view as the user, to read what the user sees. `changes` says why and until when.",
    USER_VIEW_ENDED="An admin stopped viewing as the user, before the time was over.",
    ACCESS_REQUEST_CREATED="A user requested access.",
    ACCESS_REQUEST_APPROVED="An access request was approved.",
    ACCESS_REQUEST_DECLINED="An access request was declined.",
    ACCESS_REQUEST_WITHDRAWN="A user withdrew an access request.",
    ACCESS_REQUEST_EXPIRED="An access request expired because nobody decided it.",
    USER_SECOND_FACTOR_STARTED="A user began to set up a second factor.",
    USER_SECOND_FACTOR_ADDED="A user set up a second factor.",
    USER_SECOND_FACTOR_RENAMED="A user renamed a passkey.",
    USER_SECOND_FACTOR_REMOVED="A user removed a second factor.",
    USER_SECOND_FACTORS_RESET="An admin or the operator deleted all second factors of a user.",
    USER_RECOVERY_CODES_CREATED="A user created new recovery codes.",
    USER_RECOVERY_CODE_USED="A user used up a recovery code. `changes` says how many are left.",
    SESSION_CHALLENGED="A user gave the right password, and was asked for a second factor or to set one up.",
    SESSION_SECOND_FACTOR_REFUSED="A user who signs in gave the right password, but a wrong second factor.",
    SESSION_REAUTHENTICATED="A user proved again who they are.",
    SESSION_REAUTHENTICATION_REFUSED="A user failed to prove again who they are.",
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
