"""What a policy may name of each type, written out once more: `docs/policy.md` as data, not read from the models.

It describes the tables for the interpreter, and is the vocabulary of random policies.
"""

from dataclasses import dataclass, field

STATUSES = ("PLANNED", "ACTIVE", "SUSPENDED", "TERMINATED")
AUDIENCES = ("ORGANIZATION", "DELIVERY")
KINDS = ("PERSONAL", "GROUP")
PERMISSIONS = (
    "SITES_SERVICES_VIEW", "SUPPORT_VIEW", "SUPPORT_EDIT", "ORDERS_VIEW", "ORDERS_APPROVE", "BILLING_VIEW",
    "DEVELOPER_PORTAL", "USER_MANAGEMENT",
)  # fmt: skip
SCOPES = ("basic.read", "billing.read", "users.write", "events.read")
FLAGS = ("present", "removed", "activated", "awaiting_activation", "within_reach_of_actor")


@dataclass(frozen=True)
class Type:
    """A type: its table and columns by kind. `one` leads by a column of its own to a row, `many` by one of theirs."""

    table: str
    actions: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: tuple[str, ...] = ("id", "organization_id")
    truths: tuple[str, ...] = ()
    one: dict[str, tuple[str, str]] = field(default_factory=dict)
    many: dict[str, tuple[str, str]] = field(default_factory=dict)


OF_ORGANIZATION = {"organization": ("Organization", "organization_id")}
TYPES = {
    "Organization": Type(
        "organizations",
        ("view", "create_user", "create_service"),
        ("name",),
        ids=("id",),
        many={
            "contract_accounts": ("ContractAccount", "organization_id"),
            "delivery_accounts": ("DeliveryAccount", "organization_id"),
            "services": ("Service", "organization_id"),
            "users": ("User", "organization_id"),
        },
    ),
    "ContractAccount": Type(
        "contract_accounts",
        ("view", "assign", "view_billing"),
        ("name", "vat_number", "currency"),
        one=OF_ORGANIZATION,
        many={"services": ("Service", "contract_account_id"), "grants": ("ContractGrant", "contract_account_id")},
    ),
    "DeliveryAccount": Type(
        "delivery_accounts",
        ("view", "assign"),
        ("name",),
        one=OF_ORGANIZATION,
        many={"services": ("Service", "delivery_account_id"), "grants": ("DeliveryGrant", "delivery_account_id")},
    ),
    "Service": Type(
        "services",
        ("view",),
        ("name", "city", "country"),
        {"status": STATUSES},
        one={
            **OF_ORGANIZATION,
            "contract_account": ("ContractAccount", "contract_account_id"),
            "delivery_account": ("DeliveryAccount", "delivery_account_id"),
        },
    ),
    "User": Type(
        "users",
        ("view", "update", "remove", "restore"),
        ("first_name", "country"),
        {"kind": KINDS, "audience": AUDIENCES},
        truths=("all_contract_accounts", "all_delivery_accounts"),
        one=OF_ORGANIZATION,
        many={
            "contract_grants": ("ContractGrant", "user_id"),
            "delivery_grants": ("DeliveryGrant", "user_id"),
            "permissions": ("UserPermission", "user_id"),
        },
    ),
    "AuditEvent": Type(
        "audit_events",
        ("view",),
        ("address",),
        ids=("id", "organization_id", "actor_id", "subject_id"),
        one={**OF_ORGANIZATION, "actor": ("User", "actor_id"), "subject": ("User", "subject_id")},
    ),
    "ApiClient": Type(
        "api_clients",
        ("view", "rotate", "revoke"),
        ("name",),
        ids=("id", "organization_id", "owner_id"),
        one={**OF_ORGANIZATION, "owner": ("User", "owner_id")},
    ),
    "ContractGrant": Type(
        "contract_grants",
        ids=("user_id", "contract_account_id", "organization_id"),
        one={"user": ("User", "user_id"), "contract_account": ("ContractAccount", "contract_account_id")},
    ),
    "DeliveryGrant": Type(
        "delivery_grants",
        ids=("user_id", "delivery_account_id", "organization_id"),
        one={"user": ("User", "user_id"), "delivery_account": ("DeliveryAccount", "delivery_account_id")},
    ),
    "UserPermission": Type(
        "user_permissions",
        words={"permission": PERMISSIONS},
        ids=("user_id", "organization_id"),
        one={"user": ("User", "user_id")},
    ),
}
TRAITS = ("audience", "permissions", "all_contract_accounts", "all_delivery_accounts")
