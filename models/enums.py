"""The closed vocabularies that are stored: each value is spelled here and nowhere else.

The values equal the names in the GraphQL schema, so that what the database holds is what a client reads.
"""

from collections.abc import Collection
from enum import StrEnum


class UserKind(StrEnum):
    """Who stands behind a login."""

    PERSONAL = "PERSONAL"
    GROUP = "GROUP"


class Audience(StrEnum):
    """Whose person a user is, and so what limits them."""

    ORGANIZATION = "ORGANIZATION"
    DELIVERY = "DELIVERY"


class Permission(StrEnum):
    """One row of the permission matrix."""

    SITES_SERVICES_VIEW = "SITES_SERVICES_VIEW"
    SUPPORT_VIEW = "SUPPORT_VIEW"
    SUPPORT_EDIT = "SUPPORT_EDIT"
    ORDERS_VIEW = "ORDERS_VIEW"
    ORDERS_APPROVE = "ORDERS_APPROVE"
    BILLING_VIEW = "BILLING_VIEW"
    DEVELOPER_PORTAL = "DEVELOPER_PORTAL"
    USER_MANAGEMENT = "USER_MANAGEMENT"


class Scope(StrEnum):
    """What an API client may be limited to. The values are those of OAuth's `scope`."""

    BASIC_READ = "basic.read"
    BILLING_READ = "billing.read"
    USERS_WRITE = "users.write"

    @classmethod
    def in_order(cls, scopes: Collection["Scope"]) -> list["Scope"]:
        """The scopes, each once, in the order in which they stand here: so they are stored and shown."""
        return [scope for scope in cls if scope in scopes]


class ServiceStatus(StrEnum):
    """Where a service is in its life."""

    PLANNED = "PLANNED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


class TokenPurpose(StrEnum):
    """The one thing that a one-time token is good for."""

    ACTIVATION = "ACTIVATION"
    PASSWORD_RESET = "PASSWORD_RESET"


class MailKind(StrEnum):
    """Which mail it is; the template has the same name in lower case."""

    USER_ACTIVATION = "USER_ACTIVATION"
    USER_PASSWORD_RESET = "USER_PASSWORD_RESET"


class MailStatus(StrEnum):
    """What became of a mail."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class AccessKind(StrEnum):
    """What an entry of an access review is about."""

    PERMISSION = "PERMISSION"
    CONTRACT_ACCOUNT = "CONTRACT_ACCOUNT"
    ALL_CONTRACT_ACCOUNTS = "ALL_CONTRACT_ACCOUNTS"
    DELIVERY_ACCOUNT = "DELIVERY_ACCOUNT"
    ALL_DELIVERY_ACCOUNTS = "ALL_DELIVERY_ACCOUNTS"
    NOTHING = "NOTHING"


class AuditKind(StrEnum):
    """What happened, as noun and past participle."""

    USER_CREATED = "user.created"
    USER_INVITED = "user.invited"
    USER_ACTIVATED = "user.activated"
    USER_UPDATED = "user.updated"
    USER_ACTIVATION_RESENT = "user.activation_resent"
    USER_REMOVED = "user.removed"
    USER_RESTORED = "user.restored"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_PASSWORD_REFUSED = "user.password_refused"
    USER_PASSWORD_RESET_REQUESTED = "user.password_reset_requested"
    USER_PASSWORD_RESET = "user.password_reset"
    ORGANIZATION_CREATED = "organization.created"
    CONTRACT_ACCOUNT_CREATED = "contract_account.created"
    DELIVERY_ACCOUNT_CREATED = "delivery_account.created"
    SERVICE_CREATED = "service.created"
    SERVICES_IMPORTED = "services.imported"
    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"
    SESSION_ENDED = "session.ended"
    MUTATION_REFUSED = "mutation.refused"
    QUERY_REFUSED = "query.refused"
    ACCESS_REVIEW_CREATED = "access_review.created"
    ACCESS_REVIEW_SIGNED_OFF = "access_review.signed_off"
    API_CLIENT_CREATED = "api_client.created"
    API_CLIENT_SECRET_ROTATED = "api_client.secret_rotated"
    API_CLIENT_SECRET_RETIRED = "api_client.secret_retired"
    API_CLIENT_REVOKED = "api_client.revoked"
    ACCESS_TOKEN_ISSUED = "access_token.issued"
    ACCESS_TOKEN_REFUSED = "access_token.refused"
    ACCESS_TOKEN_REVOKED = "access_token.revoked"
