"""The database tables, with the constraints that the database enforces. Imports: nothing else."""

from models.access_request import REQUESTABLE, AccessRequest
from models.access_review import AccessReview, AccessReviewEntry, AccessReviewJob
from models.account_kind import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind
from models.api_client import ApiClient, ApiClientSecret, RevokedAccessToken
from models.audit_event import AuditEvent, AuditHead
from models.base import Base, new_id
from models.contract_account import ContractAccount
from models.cost_bucket import CostBucket
from models.delivery_account import DeliveryAccount
from models.enums import (
    AccessKind,
    AccessRequestState,
    AccessReviewState,
    ActivationCause,
    Audience,
    AuditKind,
    MailKind,
    MailStatus,
    Permission,
    Scope,
    ServiceStatus,
    TokenPurpose,
    UserKind,
)
from models.grant import GRANTS, NO_EXPIRY, ContractGrant, DeliveryGrant, UserPermission, not_expired
from models.idempotency_key import IdempotencyKey
from models.one_time_token import OneTimeToken
from models.organization import Organization
from models.outbox_mail import OutboxMail
from models.policy_shadow import PolicyDifference, PolicyShadow
from models.policy_version import PolicyActivation, PolicyRollback, PolicyVersion
from models.service import Service
from models.session import Session
from models.signing_key import SigningKey
from models.trusted_document import TrustedDocument
from models.user import NEVER_SIGNED_IN, LifecycleStage, User, is_active, is_inactive, lifecycle_stage

__all__ = [
    "ACCOUNT_KINDS",
    "CONTRACT",
    "DELIVERY",
    "GRANTS",
    "NEVER_SIGNED_IN",
    "NO_EXPIRY",
    "REQUESTABLE",
    "AccessKind",
    "AccessRequest",
    "AccessRequestState",
    "AccessReview",
    "AccessReviewEntry",
    "AccessReviewJob",
    "AccessReviewState",
    "AccountKind",
    "ActivationCause",
    "ApiClient",
    "ApiClientSecret",
    "Audience",
    "AuditEvent",
    "AuditHead",
    "AuditKind",
    "Base",
    "ContractAccount",
    "ContractGrant",
    "CostBucket",
    "DeliveryAccount",
    "DeliveryGrant",
    "IdempotencyKey",
    "LifecycleStage",
    "MailKind",
    "MailStatus",
    "OneTimeToken",
    "Organization",
    "OutboxMail",
    "Permission",
    "PolicyActivation",
    "PolicyDifference",
    "PolicyRollback",
    "PolicyShadow",
    "PolicyVersion",
    "RevokedAccessToken",
    "Scope",
    "Service",
    "ServiceStatus",
    "Session",
    "SigningKey",
    "TokenPurpose",
    "TrustedDocument",
    "User",
    "UserKind",
    "UserPermission",
    "is_active",
    "is_inactive",
    "lifecycle_stage",
    "new_id",
    "not_expired",
]
