"""The enums that are stored. Each value is spelled here and nowhere else.

Values equal the names in the GraphQL schema, so that clients read what the database holds. The exceptions are `Scope`,
whose values are those of OAuth, and `AuditKind`. The descriptions for clients are in `schema/declare/enums.py`.
"""

from collections.abc import Collection
from enum import StrEnum


class UserKind(StrEnum):
    """Whether a login belongs to one person or is shared."""

    PERSONAL = "PERSONAL"
    GROUP = "GROUP"


class Audience(StrEnum):
    """Whether a user works for the organization or for an end customer, which decides what limits them."""

    ORGANIZATION = "ORGANIZATION"
    DELIVERY = "DELIVERY"


class Permission(StrEnum):
    """A permission of the permission matrix, in the order in which permissions are listed everywhere."""

    SITES_SERVICES_VIEW = "SITES_SERVICES_VIEW"
    SUPPORT_VIEW = "SUPPORT_VIEW"
    SUPPORT_EDIT = "SUPPORT_EDIT"
    ORDERS_VIEW = "ORDERS_VIEW"
    ORDERS_APPROVE = "ORDERS_APPROVE"
    BILLING_VIEW = "BILLING_VIEW"
    DEVELOPER_PORTAL = "DEVELOPER_PORTAL"
    USER_MANAGEMENT = "USER_MANAGEMENT"


class Scope(StrEnum):
    """A scope of an API client. The values are those of OAuth's `scope` parameter."""

    BASIC_READ = "basic.read"
    BILLING_READ = "billing.read"
    USERS_WRITE = "users.write"
    EVENTS_READ = "events.read"

    @classmethod
    def in_order(cls, scopes: Collection["Scope"]) -> list["Scope"]:
        """Returns the scopes without duplicates in the order of this enum, in which they are stored and returned."""
        return [scope for scope in cls if scope in scopes]


class ServiceStatus(StrEnum):
    """The lifecycle state of a service."""

    PLANNED = "PLANNED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


class TokenPurpose(StrEnum):
    """The only purpose that a one-time token can be used for."""

    ACTIVATION = "ACTIVATION"
    PASSWORD_RESET = "PASSWORD_RESET"
    IDENTITY_LINK = "IDENTITY_LINK"


class TicketPurpose(StrEnum):
    """The only purpose that a sign-in ticket can be used for."""

    SECOND_FACTOR = "SECOND_FACTOR"
    ENROLLMENT = "ENROLLMENT"


class ChallengePurpose(StrEnum):
    """The only purpose that a challenge of a passkey can be used for."""

    REGISTER = "REGISTER"
    SIGN_IN = "SIGN_IN"
    PROVE = "PROVE"


class SecondFactorMethod(StrEnum):
    """What a user can give in addition to their password."""

    TOTP = "TOTP"
    PASSKEY = "PASSKEY"
    RECOVERY_CODE = "RECOVERY_CODE"


class MailKind(StrEnum):
    """The kind of a mail. Its template has the same name in lower case."""

    USER_ACTIVATION = "USER_ACTIVATION"
    USER_PASSWORD_RESET = "USER_PASSWORD_RESET"
    ACCESS_ENDS = "ACCESS_ENDS"
    DORMANT_USERS = "DORMANT_USERS"
    ACCESS_REQUESTED = "ACCESS_REQUESTED"
    ACCESS_REQUEST_DECIDED = "ACCESS_REQUEST_DECIDED"
    SECOND_FACTORS_CHANGED = "SECOND_FACTORS_CHANGED"
    USER_IDENTITY_LINK = "USER_IDENTITY_LINK"
    BREAK_GLASS_USED = "BREAK_GLASS_USED"
    WEBHOOK_STOPPED = "WEBHOOK_STOPPED"


class MailStatus(StrEnum):
    """The delivery state of a mail."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class NoticeKind(StrEnum):
    """What a notice is about: access of a user that ends, or a user who has been inactive for long."""

    PERMISSION = "PERMISSION"
    CONTRACT_ACCOUNT = "CONTRACT_ACCOUNT"
    DELIVERY_ACCOUNT = "DELIVERY_ACCOUNT"
    DORMANCY = "DORMANCY"


class AccessReviewState(StrEnum):
    """How far the recording of an access review has come. COMPLETE and FAILED are final."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class AccessReviewDecision(StrEnum):
    """What is to become of the access that an entry of an access review records."""

    KEEP = "KEEP"
    TAKE_AWAY = "TAKE_AWAY"


class AccessKind(StrEnum):
    """The kind of access that an entry of an access review records."""

    PERMISSION = "PERMISSION"
    CONTRACT_ACCOUNT = "CONTRACT_ACCOUNT"
    ALL_CONTRACT_ACCOUNTS = "ALL_CONTRACT_ACCOUNTS"
    DELIVERY_ACCOUNT = "DELIVERY_ACCOUNT"
    ALL_DELIVERY_ACCOUNTS = "ALL_DELIVERY_ACCOUNTS"
    NOTHING = "NOTHING"


class AccessReasonKind(StrEnum):
    """How a user had the access that an entry of an access review records."""

    GIVEN = "GIVEN"
    GIVEN_BEFORE_ACTIVATION = "GIVEN_BEFORE_ACTIVATION"
    GIVEN_BEFORE_REMOVAL = "GIVEN_BEFORE_REMOVAL"
    POLICY = "POLICY"


class ConditionKind(StrEnum):
    """What a condition of the policy is about, as the reasons of access reviews record it."""

    PERMISSION = "PERMISSION"
    AUDIENCE = "AUDIENCE"
    ALL_CONTRACT_ACCOUNTS = "ALL_CONTRACT_ACCOUNTS"
    ALL_DELIVERY_ACCOUNTS = "ALL_DELIVERY_ACCOUNTS"
    ORGANIZATION = "ORGANIZATION"
    GRANT = "GRANT"
    CONNECTION = "CONNECTION"
    OTHER = "OTHER"


class AccessRequestState(StrEnum):
    """What became of an access request. All states but PENDING are final."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class ActivationCause(StrEnum):
    """Why a server put a version of the policy in force."""

    STARTED = "STARTED"
    FILE_CHANGED = "FILE_CHANGED"
    RELOADED = "RELOADED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_ENDED = "ROLLBACK_ENDED"


class EgressFailure(StrEnum):
    """Why a request to an address that somebody typed in got no response that can be used."""

    URL_REFUSED = "URL_REFUSED"
    NO_PUBLIC_ADDRESS = "NO_PUBLIC_ADDRESS"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    TLS_FAILED = "TLS_FAILED"
    PROXY_REFUSED = "PROXY_REFUSED"
    TIMED_OUT = "TIMED_OUT"
    RESPONSE_INVALID = "RESPONSE_INVALID"
    RESPONSE_TOO_LARGE = "RESPONSE_TOO_LARGE"
    BUSY = "BUSY"


class WebhookState(StrEnum):
    """Whether events are sent to a webhook. An admin pauses it; the server stops it."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class WebhookStop(StrEnum):
    """Why the server stopped a webhook."""

    GONE = "GONE"
    FAILING = "FAILING"
    OWNER = "OWNER"
    SECRET = "SECRET"


class DeliveryCause(StrEnum):
    """Why something is sent to a webhook."""

    EVENT = "EVENT"
    RESEND = "RESEND"
    TEST = "TEST"


class DeliveryState(StrEnum):
    """What became of a delivery. WITHHELD: the owner of the webhook may not view the event any more."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    WITHHELD = "WITHHELD"


class AuditKind(StrEnum):
    """The kind of an audit event, as noun and past participle."""

    USER_CREATED = "user.created"
    USER_INVITED = "user.invited"
    USER_ACTIVATED = "user.activated"
    USER_UPDATED = "user.updated"
    USER_ACTIVATION_RESENT = "user.activation_resent"
    USER_REMOVED = "user.removed"
    USER_RESTORED = "user.restored"
    USER_ERASED = "user.erased"
    USER_EXPORTED = "user.exported"
    USER_PASSWORD_CHANGED = "user.password_changed"
    USER_PASSWORD_REFUSED = "user.password_refused"
    USER_PASSWORD_RESET_REQUESTED = "user.password_reset_requested"
    USER_PASSWORD_RESET = "user.password_reset"
    USER_VIEWED_AS = "user.viewed_as"
    USER_VIEW_ENDED = "user.view_ended"
    USER_IDENTITY_LINKED = "user.identity_linked"
    USER_IDENTITY_UNLINKED = "user.identity_unlinked"
    USER_END_ANNOUNCED = "user.end_announced"
    USER_DORMANCY_WARNED = "user.dormancy_warned"
    ORGANIZATION_SETTINGS_CHANGED = "organization.settings_changed"
    SINGLE_SIGN_ON_CHANGED = "single_sign_on.changed"
    SINGLE_SIGN_ON_REMOVED = "single_sign_on.removed"
    SIGN_IN_DOMAIN_ADDED = "sign_in_domain.added"
    SIGN_IN_DOMAIN_VERIFIED = "sign_in_domain.verified"
    SIGN_IN_DOMAIN_LAPSED = "sign_in_domain.lapsed"
    SIGN_IN_DOMAIN_REMOVED = "sign_in_domain.removed"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_EXPORTED = "organization.exported"
    ORGANIZATION_DELETED = "organization.deleted"
    AUDIT_PRUNED = "audit.pruned"
    LEGAL_HOLD_PLACED = "legal_hold.placed"
    LEGAL_HOLD_RELEASED = "legal_hold.released"
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
    ACCESS_REVIEW_RECORDED = "access_review.recorded"
    ACCESS_REVIEW_DECIDED = "access_review.decided"
    ACCESS_REVIEW_SIGNED_OFF = "access_review.signed_off"
    ACCESS_TEMPLATE_CREATED = "access_template.created"
    ACCESS_TEMPLATE_UPDATED = "access_template.updated"
    ACCESS_TEMPLATE_REMOVED = "access_template.removed"
    API_CLIENT_CREATED = "api_client.created"
    API_CLIENT_SECRET_ROTATED = "api_client.secret_rotated"
    API_CLIENT_SECRET_RETIRED = "api_client.secret_retired"
    API_CLIENT_REVOKED = "api_client.revoked"
    SCIM_TOKEN_CREATED = "scim_token.created"
    SCIM_TOKEN_REVOKED = "scim_token.revoked"
    ACCESS_TOKEN_ISSUED = "access_token.issued"
    ACCESS_TOKEN_REFUSED = "access_token.refused"
    ACCESS_TOKEN_REVOKED = "access_token.revoked"
    ACCESS_REQUEST_CREATED = "access_request.created"
    ACCESS_REQUEST_APPROVED = "access_request.approved"
    ACCESS_REQUEST_DECLINED = "access_request.declined"
    ACCESS_REQUEST_WITHDRAWN = "access_request.withdrawn"
    ACCESS_REQUEST_EXPIRED = "access_request.expired"
    USER_SECOND_FACTOR_STARTED = "user.second_factor_started"
    USER_SECOND_FACTOR_ADDED = "user.second_factor_added"
    USER_SECOND_FACTOR_RENAMED = "user.second_factor_renamed"
    USER_SECOND_FACTOR_REMOVED = "user.second_factor_removed"
    USER_SECOND_FACTORS_RESET = "user.second_factors_reset"
    USER_RECOVERY_CODES_CREATED = "user.recovery_codes_created"
    USER_RECOVERY_CODE_USED = "user.recovery_code_used"
    SESSION_CHALLENGED = "session.challenged"
    SESSION_SECOND_FACTOR_REFUSED = "session.second_factor_refused"
    SESSION_REAUTHENTICATED = "session.reauthenticated"
    SESSION_REAUTHENTICATION_REFUSED = "session.reauthentication_refused"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_UPDATED = "webhook.updated"
    WEBHOOK_STOPPED = "webhook.stopped"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"
    WEBHOOK_SECRET_RETIRED = "webhook.secret_retired"
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_EVENT_RESENT = "webhook.event_resent"
    WEBHOOK_REMOVED = "webhook.removed"
