"""The enums of the contract: the words of the layers below, each with what it means to a client.

`described` refuses a vocabulary of which a word is not described, so that none can be added without. Types of the
contract import their enums from here, never from below.
"""

from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from models import AccessKind, Audience, AuditKind, MailStatus, Permission, Scope, ServiceStatus, UserKind
from resolvers.errors import ErrorCode
from resolvers.mutations.users.invite import InvitationState, InviteMode
from resolvers.query.rate_limited_fields import EmailState
from resolvers.types.user import UserStatus

__all__ = [
    "AccessKind",
    "Audience",
    "AuditKind",
    "EmailState",
    "ErrorCode",
    "InvitationState",
    "InviteMode",
    "MailStatus",
    "Permission",
    "Scope",
    "ServiceStatus",
    "UserKind",
    "UserStatus",
    "gql_enum",
]

E = TypeVar("E", bound=type[Enum])


def gql_enum(enum: E, description: str, **words: str) -> E:
    """Make a GraphQL enum of `enum`; `words` describe its values by their names.

    Raises ValueError when a value is not described, or something described that is no value.
    """
    if set(words) != set(enum.__members__):
        raise ValueError(f"{enum.__name__} is not described word by word: {set(words) ^ set(enum.__members__)}")
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = enum.__dict__["__strawberry_definition__"]
    for value in definition.values:
        value.description = words[value.name]
    return enum


gql_enum(
    UserKind,
    "Who stands behind a login.",
    PERSONAL="One person.",
    GROUP="Several people, behind a shared mailbox or a distribution list.",
)

gql_enum(
    Audience,
    "Whose person a user is, and so what limits them.",
    ORGANIZATION="A person of the organization itself, limited by contract accounts.",
    DELIVERY="A person of an end customer, limited by contract accounts and by delivery accounts.",
)

gql_enum(
    UserStatus,
    "Where a user is in their lifecycle.",
    PENDING="Created; the activation link is open and has not been used.",
    EXPIRED="Created, and not activated in time. The activation can be sent again.",
    ACTIVE="Activated: the user can sign in.",
    REMOVED="Has lost all access. The contact record is kept, and the email stays taken.",
)

gql_enum(
    Permission,
    "One row of the permission matrix; `Query.permissions` has its name and what it opens.",
    SITES_SERVICES_VIEW="Sites, services and accounts, within the account access. Every user has it.",
    SUPPORT_VIEW="Support cases and maintenance: read.",
    SUPPORT_EDIT="Support cases: create and update; includes the view.",
    ORDERS_VIEW="Service delivery: read.",
    ORDERS_APPROVE="Placing and approving orders.",
    BILLING_VIEW="Financial details of contract accounts: VAT number, billing email, currency.",
    DEVELOPER_PORTAL="Making API clients.",
    USER_MANAGEMENT="Managing users: this makes a user an admin.",
)

gql_enum(
    ServiceStatus,
    "Where a service is in its life.",
    PLANNED="Ordered, and not delivered yet.",
    ACTIVE="Delivered and in use.",
    SUSPENDED="Switched off for a time.",
    TERMINATED="Ended for good.",
)

gql_enum(
    MailStatus,
    "What became of a mail.",
    QUEUED="Waits to be sent, for the first time or once more.",
    SENT="Accepted by the mail server.",
    FAILED="Given up: the mail server refused it, or could not be reached for too long.",
)

gql_enum(
    AuditKind,
    "What happened.",
    USER_CREATED="A user was created.",
    USER_INVITED="A user was made from their email alone.",
    USER_ACTIVATED="A new user set their password.",
    USER_UPDATED="A user's details, permissions or account access were changed.",
    USER_ACTIVATION_RESENT="A user was sent the activation mail again.",
    USER_REMOVED="A user was removed.",
    USER_RESTORED="A removed user was brought back.",
    USER_PASSWORD_CHANGED="A user chose a new password.",
    USER_PASSWORD_REFUSED="A user tried to choose a new password, and did not give the current one.",
    USER_PASSWORD_RESET_REQUESTED="Somebody asked for a mail with a link for a new password.",
    USER_PASSWORD_RESET="A user set a new password with the link from a mail.",
    ORGANIZATION_CREATED="An organization came to the platform.",
    CONTRACT_ACCOUNT_CREATED="A contract account was made.",
    DELIVERY_ACCOUNT_CREATED="A delivery account was made.",
    SERVICE_CREATED="A service was made.",
    SERVICES_IMPORTED="Services were imported from a file.",
    ACCESS_REVIEW_CREATED="It was written down who has access to what.",
    ACCESS_REVIEW_SIGNED_OFF="An access review was signed off.",
    SESSION_STARTED="A user signed in.",
    SESSION_REFUSED="Somebody tried to sign in, and was refused.",
    SESSION_ENDED="A user signed out.",
    MUTATION_REFUSED="The rules of access refused a mutation; `changes` has its name, and the codes and paths of the "
    "errors.",
    QUERY_REFUSED="The rules of access refused a query; `changes` has its name, and the codes and paths of the errors.",
    API_CLIENT_CREATED="An API client was created.",
    API_CLIENT_SECRET_ROTATED="An API client got a second secret, which is to replace the first.",
    API_CLIENT_SECRET_RETIRED="A secret of an API client was retired.",
    API_CLIENT_REVOKED="An API client was revoked, or its owner removed.",
    ACCESS_TOKEN_ISSUED="An API client got an access token.",
    ACCESS_TOKEN_REFUSED="An API client was refused an access token.",
    ACCESS_TOKEN_REVOKED="An access token of an API client was taken back.",
)

gql_enum(
    Scope,
    "What an API client is limited to. The policy says what each opens, of what its owner may.",
    BASIC_READ="`basic.read`: the owner's organization, accounts, services and users.",
    BILLING_READ="`billing.read`, beside `basic.read`: the billing details, if the owner may see them.",
    USERS_WRITE="`users.write`: the mutations of users, if the owner is an admin, and what they are about: the "
    "organization, its accounts and its users.",
)

gql_enum(
    AccessKind,
    "What an entry of an access review is about.",
    PERMISSION="A permission.",
    CONTRACT_ACCOUNT="A contract account.",
    ALL_CONTRACT_ACCOUNTS="All contract accounts of the organization.",
    DELIVERY_ACCOUNT="A delivery account.",
    ALL_DELIVERY_ACCOUNTS="All delivery accounts of the organization.",
    NOTHING="The user had no permission and no account.",
)

gql_enum(
    EmailState,
    "What became of the question whether an email is free.",
    AVAILABLE="Nobody has it: a user can be created with it.",
    TAKEN="A user whom you see has it.",
    UNAVAILABLE="It can't be used. There is no more to know.",
)

gql_enum(
    ErrorCode,
    "What went wrong in a mutation: the cause, and what to do about it.",
    **{code.name: code.description for code in ErrorCode},
)

gql_enum(
    InviteMode,
    "What becomes of the others when one email can't be invited.",
    ALL_OR_NOTHING="Nobody is invited.",
    AS_MANY_AS_POSSIBLE="They are invited.",
)

gql_enum(
    InvitationState,
    "What became of one email of an invitation.",
    INVITED="There is a new user, who is pending, and the activation mail is on its way.",
    WOULD_BE_INVITED="It is a dry run; without it, the user would be invited.",
    NOT_INVITED="Nothing is wrong with this email. Nobody is invited because of something else; the payload's `errors` "
    "say what.",
    REFUSED="This email can't be invited; the `errors` of the result say why.",
)
