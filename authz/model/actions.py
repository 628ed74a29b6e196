"""The actions that a policy may grant on each type of resource, and the capabilities of an actor."""

from collections.abc import Mapping
from enum import StrEnum

from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    Audience,
    AuditEvent,
    Base,
    ContractAccount,
    DeliveryAccount,
    Organization,
    Permission,
    Service,
    User,
)

VIEW = "view"
"""The action that every type has: seeing a row at all."""

ASSIGN = "assign"
"""The action that both kinds of accounts have: granting access to them."""


class OrganizationAction(StrEnum):
    """The actions on an organization."""

    VIEW = "view"
    CREATE_USER = "create_user"
    CREATE_CONTRACT_ACCOUNT = "create_contract_account"
    CREATE_DELIVERY_ACCOUNT = "create_delivery_account"
    CREATE_SERVICE = "create_service"
    REVIEW_ACCESS = "review_access"
    CHANGE_SETTINGS = "change_settings"
    READ_EVENTS = "read_events"


class ContractAccountAction(StrEnum):
    """The actions on a contract account."""

    VIEW = "view"
    ASSIGN = "assign"
    VIEW_BILLING = "view_billing"


class DeliveryAccountAction(StrEnum):
    """The actions on a delivery account."""

    VIEW = "view"
    ASSIGN = "assign"


class ServiceAction(StrEnum):
    """The actions on a service."""

    VIEW = "view"


class UserAction(StrEnum):
    """The actions on a user."""

    VIEW = "view"
    UPDATE = "update"
    RESEND_ACTIVATION = "resend_activation"
    REMOVE = "remove"
    RESTORE = "restore"


class AuditEventAction(StrEnum):
    """The actions on an audit event."""

    VIEW = "view"


class AccessReviewAction(StrEnum):
    """The actions on an access review. Creating one and signing it off is `review_access` on the organization."""

    VIEW = "view"


class AccessReviewEntryAction(StrEnum):
    """The actions on an entry of an access review."""

    VIEW = "view"


class ApiClientAction(StrEnum):
    """The actions on an API client. Creating one is a capability of the actor."""

    VIEW = "view"
    ROTATE = "rotate"
    REVOKE = "revoke"


class AccessRequestAction(StrEnum):
    """The actions on an access request. Only those who could withdraw a request may make it."""

    VIEW = "view"
    DECIDE = "decide"
    WITHDRAW = "withdraw"


ACTIONS: Mapping[type[Base], type[StrEnum]] = {
    Organization: OrganizationAction,
    ContractAccount: ContractAccountAction,
    DeliveryAccount: DeliveryAccountAction,
    Service: ServiceAction,
    User: UserAction,
    AuditEvent: AuditEventAction,
    AccessReview: AccessReviewAction,
    AccessReviewEntry: AccessReviewEntryAction,
    ApiClient: ApiClientAction,
    AccessRequest: AccessRequestAction,
}


class Capability(StrEnum):
    """What an actor may do regardless of any resource. The value is the name of the rule that decides it."""

    CREATES_ORGANIZATIONS = "creates_organizations"
    MAKES_API_CLIENTS = "makes_api_clients"
    MANAGES_USERS = "manages_users"
    ASSIGN_PERMISSION = "assign_permission"
    ASSIGN_AUDIENCE = "assign_audience"
    ASSIGN_ALL = "assign_all"


CAPABILITIES: Mapping[Capability, tuple[str, ...] | None] = {
    Capability.CREATES_ORGANIZATIONS: None,
    Capability.MAKES_API_CLIENTS: None,
    Capability.MANAGES_USERS: None,
    Capability.ASSIGN_PERMISSION: tuple(Permission),
    Capability.ASSIGN_AUDIENCE: tuple(Audience),
    Capability.ASSIGN_ALL: (ContractAccount.__name__, DeliveryAccount.__name__),
}
"""Per capability, the values that its second parameter can have; None if it has only one parameter."""

REQUIRED: Mapping[Capability, Capability] = {
    Capability.ASSIGN_PERMISSION: Capability.MANAGES_USERS,
    Capability.ASSIGN_AUDIENCE: Capability.MANAGES_USERS,
    Capability.ASSIGN_ALL: Capability.MANAGES_USERS,
}
"""Per capability, the one without which it has no effect: an actor who may not manage users gives nothing."""
