"""The type `User`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import (
    access_template,
    api_client,
    audit_event,
    organization,
    second_factors,
    single_sign_on,
    user,
    user_expiry,
)
from resolvers.types import user_activation as activation
from schema.declare.action_enums import UserAction
from schema.declare.connection import Connection
from schema.declare.enums import Audience, MailStatus, Permission, UserKind, UserStatus, gql_enum
from schema.declare.fields import column, computed, gql_type, group, listed, many, node, one
from schema.declare.filters import condition, with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_STATUS
from schema.declare.scalars import CountryCode, DateTime, EmailAddress, PhoneNumber
from schema.types.access_expiry import AccountEnd, PermissionEnd
from schema.types.references import (
    ApiClients,
    AuditEvents,
    ContractAccounts,
    DeliveryAccounts,
    OneAccessTemplate,
    OneOrganization,
    Users,
)
from schema.types.single_sign_on import UserIdentity


@gql_type
class Activation:
    """The newest activation link of a user, and the email that contains it."""

    queued_at: DateTime | None = column("When the email was queued. Null if there is none.")
    sent_at: DateTime | None = column("When the mail server accepted the email. Null if it hasn't yet.")
    expires_at: DateTime | None = column("When the link expires or expired.")
    mail: MailStatus | None = column("The delivery state of the email. Null if there is none.")
    attempts: int | None = column("The number of delivery attempts. Null if there is no email.")
    mail_reply: str | None = column(
        "Why the email was not delivered: the reply of the mail server to the last attempt, or the reason for giving "
        "up. Null if the email was sent or not attempted yet, or if you may not update the user, resend the "
        "activation, or restore the user.",
    )


@gql_input
class UserFilter:
    """Filters users. All given conditions must be met."""

    search: str | None = with_text("the name or the email")
    ids: list[strawberry.ID] | None = with_ids(models.User, "With one of these ids.")
    emails: list[EmailAddress] | None = condition("With one of these email addresses. An empty list matches nothing.")
    external_ids: list[str] | None = condition(
        "With one of these external ids, exactly. An empty list matches nothing."
    )
    templates: list[strawberry.ID] | None = with_ids(
        models.AccessTemplate, "Who have their access from one of these access templates."
    )
    status: list[UserStatus] | None = condition("With one of these statuses. An empty list matches nothing.")
    audience: list[Audience] | None = condition("With one of these audiences. An empty list matches nothing.")
    kind: list[UserKind] | None = condition("Of one of these kinds. An empty list matches nothing.")
    permission: list[Permission] | None = condition(
        "With at least one of these permissions. An empty list matches nothing."
    )
    country: list[CountryCode] | None = condition("In one of these countries. An empty list matches nothing.")
    mail: list[MailStatus] | None = condition(
        "With one of these delivery states of the newest activation email. An empty list matches nothing."
    )
    last_sign_in_since: DateTime | None = condition("Whose last sign-in was at or after this time.")
    last_sign_in_before: DateTime | None = condition(
        "Whose last sign-in was before this time, or who have never signed in."
    )
    not_signed_in_for_days: int | None = condition(
        "Active users who have not signed in for this number of days, 1 to 3,650. For those who never have, the days "
        "count from their activation.",
        bounds=(1, 3_650),
    )
    ends_before: DateTime | None = condition(
        "With a current permission, or a current account visible to you, that expires before this time."
    )


class UserOrder(StrEnum):
    """Sort orders of users."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    EMAIL_ASC = "EMAIL_ASC"
    EMAIL_DESC = "EMAIL_DESC"
    STATUS_ASC = "STATUS_ASC"
    STATUS_DESC = "STATUS_DESC"
    LAST_SIGN_IN_AT_ASC = "LAST_SIGN_IN_AT_ASC"
    LAST_SIGN_IN_AT_DESC = "LAST_SIGN_IN_AT_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(
    UserOrder,
    "The sort order of users.",
    NAME_ASC="By last name, then first name, then email address, ascending, ignoring case and accents.",
    NAME_DESC="By last name, then first name, then email address, descending.",
    EMAIL_ASC="By email address, ascending.",
    EMAIL_DESC="By email address, descending.",
    **BY_STATUS,
    LAST_SIGN_IN_AT_ASC="By last sign-in: first the users who have never signed in, then the longest ago.",
    LAST_SIGN_IN_AT_DESC="By last sign-in: the most recent first, and last the users who have never signed in.",
    **BY_CREATION,
)


@node(
    model=models.User,
    filters=user.FILTERS,
    orders=user.ORDERS,
    filter_type=UserFilter,
    default_order=UserOrder.NAME_ASC,
)
class User(Node):
    """A login of a person or of a shared mailbox."""

    kind: UserKind = column("The kind of the login.")
    audience: Audience = column("Whether the user works for the organization or for an end customer.")
    email: EmailAddress = column("The user's email address, with which they sign in. Unique on the platform.")
    first_name: str | None = column("The user's first name.")
    last_name: str | None = column("The user's last name.")
    display_name: str = computed(
        user.display_name, "The user's first and last name, or their email address if they have neither."
    )
    phone: PhoneNumber | None = column("The user's phone number.")
    country: CountryCode | None = column("The user's country.")
    status: UserStatus = computed(user.status, "The user's lifecycle state.")
    permissions: list[Permission] = computed(
        user.permissions, "The user's permissions, in the order of the permission matrix."
    )
    all_contract_accounts: bool = column(
        "Whether the user has access to all contract accounts of the organization, including future ones."
    )
    all_delivery_accounts: bool = column(
        "Whether the user has access to all delivery accounts of the organization, including future ones."
    )
    contract_accounts: ContractAccounts = many(
        "ContractAccount",
        user.contract_accounts,
        "The contract accounts in the user's access that are visible to you.",
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount",
        user.delivery_accounts,
        "The delivery accounts in the user's access that are visible to you.",
    )
    may_have_more_accounts: bool | None = computed(
        user.may_have_more_accounts,
        "Whether the user may have access to accounts that are not visible to you. Null if you manage no users.",
    )
    template: OneAccessTemplate | None = one(
        access_template.of_user,
        "The access template that the user's permissions and accounts are from. Null if there is none, or if it isn't "
        "visible to you.",
    )
    permission_ends: list[PermissionEnd] = listed(
        user_expiry.permission_ends,
        "The expiry times of the user's permissions, earliest first. Permissions not listed here don't expire.",
    )
    account_ends: list[AccountEnd] = listed(
        user_expiry.account_ends,
        "The expiry times of the accounts in the user's access that are visible to you, earliest first. Accounts not "
        "listed here don't expire.",
    )
    external_id: str | None = column(
        "The id that an identity provider gave the user by SCIM, unique in the organization. Null if none did."
    )
    organization: OneOrganization | None = one(
        organization.owner, "The user's organization. Null for staff of the platform."
    )
    activation: Activation | None = group(
        "The user's newest activation link. Null if they were never sent one.", row=activation.newest
    )
    api_clients: ApiClients = many(
        "ApiClient", api_client.of_user, "The API clients that act on behalf of the user and are visible to you."
    )
    audit_events: AuditEvents = many(
        "AuditEvent",
        audit_event.about_user,
        "The audit events about the user that are visible to you, including sign-ins. For events that the user caused, "
        "use the filter `actors` of `Query.auditEvents`.",
        crosses=True,
    )
    similar_users: Users = many(
        "User",
        user.similar_users,
        "The other users visible to you whose email address looks the same: with letters of another script, or `rn` "
        "for `m` or `1` for `l`. One of them may be an impostor, or a mistake.",
        crosses=True,
    )
    identity: UserIdentity | None = group(
        "Who the user is at the provider where they sign in. Null if no identity is linked.",
        row=single_sign_on.identity,
    )
    last_sign_in_at: DateTime | None = column(
        "When the user last signed in, by password or at a provider. Null if they never have."
    )
    has_second_factor: bool | None = computed(
        second_factors.has_second_factor,
        "Whether the user has a second factor. Null if you may not update the user, and are not the user.",
    )
    created_at: DateTime = column("When the user was created.")
    updated_at: DateTime = column("When the user's details or access were last changed.")
    version: int = column("A number that increases with every change of the user. `updateUser` requires it.")
    viewer_can: list[UserAction] = computed(user.can, "The actions that you may perform on the user.", Encoding.JSON)
    viewer_can_view_as: bool = computed(
        user.can_view_as,
        "Whether you may read what the user sees: `startViewAs`. True for active users whom you may update.",
    )


@gql_type
class UserConnection(Connection[User]):
    """A page of users. Includes and counts only those visible to you."""
