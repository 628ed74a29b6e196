"""The tables of the large world: which columns are copied, and the rows of one organization."""

from app.demo import large_organization as made
from app.demo import large_users as people
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

# What is copied, in an order that the foreign keys allow.
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
    contracts = list(made.contract_account_rows(draft))
    deliveries = list(made.delivery_account_rows(draft, contracts))
    users = people.people(draft)
    return {
        Organization: [(draft.id, draft.created_at, draft.company, draft.created_at)],
        ContractAccount: contracts,
        DeliveryAccount: deliveries,
        Service: list(made.service_rows(draft, contracts, deliveries)),
        User: list(people.user_rows(draft, users)),
        UserPermission: list(people.permission_rows(draft, users)),
        ContractGrant: list(people.contract_grant_rows(draft, users, contracts)),
        DeliveryGrant: list(people.delivery_grant_rows(draft, users, deliveries)),
        OneTimeToken: list(people.activation_rows(draft, users)),
    }
