"""Users in the contract."""

import models
from resolvers.query.registry import Encoding
from resolvers.types import api_client, audit_event, organization, user, user_expiry
from resolvers.types import user_activation as activation
from schema.declare.action_enums import UserAction
from schema.declare.connection import Connection
from schema.declare.enums import Audience, MailStatus, Permission, UserKind, UserStatus
from schema.declare.fields import column, computed, gql_type, group, listed, many, node, one
from schema.declare.node import Node
from schema.declare.scalars import CountryCode, DateTime, EmailAddress, PhoneNumber
from schema.types.access_expiry import AccountEnd, PermissionEnd
from schema.types.references import ApiClients, AuditEvents, ContractAccounts, DeliveryAccounts, OneOrganization


@gql_type
class Activation:
    """The newest activation link of a user, and the mail that carries it."""

    queued_at: DateTime | None = computed(activation.queued_at, "When the mail was written; null where none was.")
    sent_at: DateTime | None = computed(activation.sent_at, "When the mail server took the mail; null until then.")
    expires_at: DateTime | None = computed(activation.expires_at, "When the link stops, or stopped, to be good.")
    mail: MailStatus | None = computed(activation.mail, "What became of the mail; null where none was written.")
    attempts: int | None = computed(
        activation.attempts, "How often it was tried to hand the mail over; null where none was written."
    )
    mail_reply: str | None = computed(
        activation.reply,
        "Why the mail has not left: what the mail server said to the last try, or why it was given up. Null once it "
        "was sent, before the first try, and for those who can do nothing about it: who may not update the user, "
        "resend or restore.",
    )


@node(model=models.User, prefix="usr", filters=user.FILTERS, orders=user.ORDERS)
class User(Node):
    """A login of one person or of a shared mailbox."""

    kind: UserKind = column("Who stands behind the login.")
    audience: Audience = column("Whose person the user is, and so what limits them.")
    email: EmailAddress = column("The address that the user signs in with. No two users have the same.")
    first_name: str | None = column("The first name.")
    last_name: str | None = column("The last name.")
    display_name: str = computed(user.display_name, "First and last name, or the email of whom has neither.")
    phone: PhoneNumber | None = column("The phone number.")
    country: CountryCode | None = column("The country.")
    status: UserStatus = computed(user.status, "Where the user is in their lifecycle.")
    permissions: list[Permission] = computed(user.permissions, "The user's permissions, in the order of the matrix.")
    all_contract_accounts: bool = column(
        "Whether the user has all contract accounts of the organization in their access, also those to come."
    )
    all_delivery_accounts: bool = column(
        "Whether the user has all delivery accounts of the organization in their access, also those to come."
    )
    contract_accounts: ContractAccounts = many(
        "ContractAccount",
        user.contract_accounts,
        "The contract accounts in the user's access, of those that you see.",
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount",
        user.delivery_accounts,
        "The delivery accounts in the user's access, of those that you see.",
    )
    permission_ends: list[PermissionEnd] = listed(
        user_expiry.of_permissions, "When permissions of the user end, the next one first; the others have no end."
    )
    account_ends: list[AccountEnd] = listed(
        user_expiry.of_accounts,
        "When accounts in the user's access end, of those that you see, the next one first; the others have no end.",
    )
    organization: OneOrganization | None = one(
        organization.owner, "The organization to which the user belongs. Null for the platform's own staff."
    )
    activation: Activation | None = group(
        "The newest activation link. Null for users who were never sent one.", present=activation.invited
    )
    api_clients: ApiClients = many(
        "ApiClient", api_client.of_user, "The API clients that act for the user, of those that you see."
    )
    audit_events: AuditEvents = many(
        "AuditEvent",
        audit_event.about,
        "What happened to the user, their sign-ins among it, of what you may see. What they did is found by the filter "
        "`actors` of `Query.auditEvents`.",
    )
    created_at: DateTime = column("When the user was created.")
    updated_at: DateTime = column("When the user's details or access were changed last.")
    version: int = column("Grows with every change of the user: what `updateUser` compares.")
    viewer_can: list[UserAction] = computed(user.can, "What you may do with the user.", Encoding.JSON)


@gql_type
class UserConnection(Connection[User]):
    """A page of users. It holds only those whom you may see, and counts no others."""
