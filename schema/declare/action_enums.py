"""What can be done with each thing, as `viewerCan` says it: the policy's actions by their names in the contract."""

from enum import StrEnum

from resolvers.types.viewer import ViewerAction
from schema.declare.enums import gql_enum

__all__ = [
    "AccessReviewAction",
    "AccessReviewEntryAction",
    "AccountAction",
    "ApiClientAction",
    "AuditEventAction",
    "OrganizationAction",
    "PolicyAction",
    "ServiceAction",
    "UserAction",
    "ViewerAction",
]


class OrganizationAction(StrEnum):
    """What can be done with an organization."""

    VIEW = "VIEW"
    CREATE_USER = "CREATE_USER"
    CREATE_CONTRACT_ACCOUNT = "CREATE_CONTRACT_ACCOUNT"
    CREATE_DELIVERY_ACCOUNT = "CREATE_DELIVERY_ACCOUNT"
    CREATE_SERVICE = "CREATE_SERVICE"
    REVIEW_ACCESS = "REVIEW_ACCESS"


class AccountAction(StrEnum):
    """What can be done with a contract account or a delivery account."""

    VIEW = "VIEW"
    ASSIGN = "ASSIGN"


class ServiceAction(StrEnum):
    """What can be done with a service."""

    VIEW = "VIEW"


class AccessReviewAction(StrEnum):
    """What can be done with an access review."""

    VIEW = "VIEW"
    SIGN_OFF = "SIGN_OFF"


class AccessReviewEntryAction(StrEnum):
    """What can be done with an entry of an access review."""

    VIEW = "VIEW"


class AuditEventAction(StrEnum):
    """What can be done with an audit event."""

    VIEW = "VIEW"


class ApiClientAction(StrEnum):
    """What can be done with an API client."""

    VIEW = "VIEW"
    ROTATE = "ROTATE"
    REVOKE = "REVOKE"


class UserAction(StrEnum):
    """What can be done with a user."""

    VIEW = "VIEW"
    UPDATE = "UPDATE"
    RESEND_ACTIVATION = "RESEND_ACTIVATION"
    REMOVE = "REMOVE"
    RESTORE = "RESTORE"


class PolicyAction(StrEnum):
    """Whatever the policy decides about, whichever things have it."""

    VIEW = "VIEW"
    CREATE_USER = "CREATE_USER"
    CREATE_CONTRACT_ACCOUNT = "CREATE_CONTRACT_ACCOUNT"
    CREATE_DELIVERY_ACCOUNT = "CREATE_DELIVERY_ACCOUNT"
    CREATE_SERVICE = "CREATE_SERVICE"
    REVIEW_ACCESS = "REVIEW_ACCESS"
    ASSIGN = "ASSIGN"
    VIEW_BILLING = "VIEW_BILLING"
    UPDATE = "UPDATE"
    RESEND_ACTIVATION = "RESEND_ACTIVATION"
    REMOVE = "REMOVE"
    RESTORE = "RESTORE"
    ROTATE = "ROTATE"
    REVOKE = "REVOKE"


gql_enum(
    PolicyAction,
    "Whatever the policy decides about.",
    VIEW="See something.",
    CREATE_USER="Create users in an organization.",
    CREATE_CONTRACT_ACCOUNT="Create contract accounts in an organization.",
    CREATE_DELIVERY_ACCOUNT="Create delivery accounts in an organization.",
    CREATE_SERVICE="Create services in an organization.",
    REVIEW_ACCESS="Ask who has access to what in an organization, and why.",
    ASSIGN="Give an account to users.",
    VIEW_BILLING="See the financial details of a contract account.",
    UPDATE="Change a user.",
    RESEND_ACTIVATION="Send a user the activation mail again.",
    REMOVE="Take all access away from a user.",
    RESTORE="Bring a user back after a removal.",
    ROTATE="Give an API client a second secret, and retire one.",
    REVOKE="End an API client.",
)

gql_enum(
    OrganizationAction,
    "What can be done with an organization.",
    VIEW="See it.",
    CREATE_USER="Create users in it: `createUser`, `inviteUsers`.",
    CREATE_CONTRACT_ACCOUNT="Create contract accounts in it: `createContractAccount`.",
    CREATE_DELIVERY_ACCOUNT="Create delivery accounts in it: `createDeliveryAccount`.",
    CREATE_SERVICE="Create services in it: `createService`.",
    REVIEW_ACCESS="Ask who has access to what in it, and why: `explainAccess`, `whoCan`, `createAccessReview`, "
    "`signOffAccessReview`.",
)

gql_enum(
    ViewerAction,
    "What you may do that is done to nothing that is there already.",
    CREATE_ORGANIZATION="Bring organizations to the platform: `createOrganization`.",
)

gql_enum(
    ServiceAction,
    "What can be done with a service.",
    VIEW="See it.",
)

gql_enum(
    AccountAction,
    "What can be done with a contract account or a delivery account.",
    VIEW="See it.",
    ASSIGN="Give it to users.",
)

gql_enum(
    AccessReviewAction,
    "What can be done with an access review.",
    VIEW="See it.",
    SIGN_OFF="Sign it off, once: `signOffAccessReview`.",
)

gql_enum(AccessReviewEntryAction, "What can be done with an entry: nobody changes one.", VIEW="See it.")

gql_enum(
    ApiClientAction,
    "What can be done with an API client.",
    VIEW="See it.",
    ROTATE="Change its secrets: `rotateApiClientSecret`, `retireApiClientSecret`.",
    REVOKE="End it for good: `revokeApiClient`.",
)

gql_enum(AuditEventAction, "What can be done with an audit event: nobody changes one.", VIEW="See it.")

gql_enum(
    UserAction,
    "What can be done with a user.",
    VIEW="See them.",
    UPDATE="Change their details, permissions and account access.",
    RESEND_ACTIVATION="Send the activation mail again.",
    REMOVE="Take all their access away.",
    RESTORE="Bring them back after a removal; they activate anew.",
)
