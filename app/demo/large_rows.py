"""The columns and rows of one organization of the large data set, by table."""

from app.demo import large_organization, large_users
from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from models import (
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    OneTimeToken,
    Organization,
    Service,
    User,
    UserPermission,
)

# The tables to copy, in an order that satisfies the foreign keys.
COLUMNS: dict[type[Base], str] = {
    Organization: "id created_at name updated_at",
    ContractAccount: "id created_at organization_id name vat_number billing_email currency",
    DeliveryAccount: "id created_at organization_id name",
    Service: "id created_at organization_id contract_account_id delivery_account_id code name status city country",
    User: "id created_at organization_id kind audience email first_name last_name phone country"
    " all_contract_accounts all_delivery_accounts password_hash activated_at removed_at",
    UserPermission: "user_id organization_id permission",
    ContractGrant: "user_id organization_id contract_account_id",
    DeliveryGrant: "user_id organization_id delivery_account_id",
    OneTimeToken: "id created_at user_id purpose token_hash expires_at",
}


def rows(draft: Draft) -> dict[type[Base], list[Row]]:
    """All rows of one organization, by table."""
    contracts = list(large_organization.contract_account_rows(draft))
    deliveries = list(large_organization.delivery_account_rows(draft, contracts))
    users = large_users.draft_users(draft)
    return {
        Organization: [(draft.id, draft.created_at, draft.company, draft.created_at)],
        ContractAccount: contracts,
        DeliveryAccount: deliveries,
        Service: list(large_organization.service_rows(draft, contracts, deliveries)),
        User: list(large_users.user_rows(draft, users)),
        UserPermission: list(large_users.permission_rows(draft, users)),
        ContractGrant: list(large_users.contract_grant_rows(draft, users, contracts)),
        DeliveryGrant: list(large_users.delivery_grant_rows(draft, users, deliveries)),
        OneTimeToken: list(large_users.activation_rows(draft, users)),
    }
