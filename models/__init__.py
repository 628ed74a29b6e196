"""The database tables, with the constraints that the database enforces. Imports: nothing else."""

from models.access_notice import AccessNotice, AccessUpkeep
from models.access_request import REQUESTABLE, AccessRequest
from models.access_review import AccessReview, AccessReviewEntry, AccessReviewEntryDecision, AccessReviewJob
from models.access_template import AccessTemplate
from models.account_kind import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind
from models.api_client import ApiClient, ApiClientSecret, RevokedAccessToken
from models.audit_event import AuditEvent, AuditHead
from models.base import PLATFORM, Base, is_of, is_of_same, new_id, organization_of, tenant_column, tenant_of
from models.contract_account import ContractAccount
from models.delivery_account import DeliveryAccount
from models.enums import (
    AccessKind,
    AccessReasonKind,
    AccessRequestState,
    AccessReviewDecision,
    AccessReviewState,
    ActivationCause,
    Audience,
    AuditKind,
    ChallengePurpose,
    ConditionKind,
    DeliveryCause,
    DeliveryState,
    EgressFailure,
    MailKind,
    MailStatus,
    NoticeKind,
    Permission,
    Scope,
    SecondFactorMethod,
    ServiceStatus,
    TicketPurpose,
    TokenPurpose,
    UserKind,
    WebhookState,
    WebhookStop,
)
from models.grant import GRANTS, NO_EXPIRY, ContractGrant, DeliveryGrant, UserPermission, not_expired
from models.idempotency_key import IdempotencyKey
from models.integration.scim_token import ScimToken
from models.integration.webhook import Webhook, WebhookDelivery
from models.one_time_token import OneTimeToken
from models.organization import (
    DORMANCY_WARNING_DAYS,
    DORMANT_AFTER_DAYS,
    END_NOTICE_DAYS,
    END_NOTICES,
    Organization,
)
from models.outbox_mail import OutboxMail
from models.policy.shadow import PolicyDifference, PolicyShadow
from models.policy.version import PolicyActivation, PolicyRollback, PolicyVersion
from models.service import Service
from models.session import Session
from models.shared_counts import AttemptCount, CostBucket, ReplicaLease
from models.sign_in.passkey import Passkey, PasskeyChallenge
from models.sign_in.second_factor import RecoveryCode, SignInTicket, TotpFactor
from models.signing_key import SigningKey
from models.single_sign_on.domain import SignInDomain, VerifiedDomain
from models.single_sign_on.identity import UsedAssertion, UserIdentity
from models.single_sign_on.provider import IdentityProvider
from models.trusted_document import TrustedDocument
from models.user import NEVER_SIGNED_IN, LifecycleStage, User, UserEmail, is_active, is_inactive, lifecycle_stage
from models.view_as import ViewAs

__all__ = [
    "ACCOUNT_KINDS",
    "CONTRACT",
    "DELIVERY",
    "DORMANCY_WARNING_DAYS",
    "DORMANT_AFTER_DAYS",
    "END_NOTICES",
    "END_NOTICE_DAYS",
    "GRANTS",
    "NEVER_SIGNED_IN",
    "NO_EXPIRY",
    "PLATFORM",
    "REQUESTABLE",
    "AccessKind",
    "AccessNotice",
    "AccessReasonKind",
    "AccessRequest",
    "AccessRequestState",
    "AccessReview",
    "AccessReviewDecision",
    "AccessReviewEntry",
    "AccessReviewEntryDecision",
    "AccessReviewJob",
    "AccessReviewState",
    "AccessTemplate",
    "AccessUpkeep",
    "AccountKind",
    "ActivationCause",
    "ApiClient",
    "ApiClientSecret",
    "AttemptCount",
    "Audience",
    "AuditEvent",
    "AuditHead",
    "AuditKind",
    "Base",
    "ChallengePurpose",
    "ConditionKind",
    "ContractAccount",
    "ContractGrant",
    "CostBucket",
    "DeliveryAccount",
    "DeliveryCause",
    "DeliveryGrant",
    "DeliveryState",
    "EgressFailure",
    "IdempotencyKey",
    "IdentityProvider",
    "LifecycleStage",
    "MailKind",
    "MailStatus",
    "NoticeKind",
    "OneTimeToken",
    "Organization",
    "OutboxMail",
    "Passkey",
    "PasskeyChallenge",
    "Permission",
    "PolicyActivation",
    "PolicyDifference",
    "PolicyRollback",
    "PolicyShadow",
    "PolicyVersion",
    "RecoveryCode",
    "ReplicaLease",
    "RevokedAccessToken",
    "ScimToken",
    "Scope",
    "SecondFactorMethod",
    "Service",
    "ServiceStatus",
    "Session",
    "SignInDomain",
    "SignInTicket",
    "SigningKey",
    "TicketPurpose",
    "TokenPurpose",
    "TotpFactor",
    "TrustedDocument",
    "UsedAssertion",
    "User",
    "UserEmail",
    "UserIdentity",
    "UserKind",
    "UserPermission",
    "VerifiedDomain",
    "ViewAs",
    "Webhook",
    "WebhookDelivery",
    "WebhookState",
    "WebhookStop",
    "is_active",
    "is_inactive",
    "is_of",
    "is_of_same",
    "lifecycle_stage",
    "new_id",
    "not_expired",
    "organization_of",
    "tenant_column",
    "tenant_of",
]
