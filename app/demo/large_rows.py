"""The columns and rows of one organization of the large data set, by table."""

from collections.abc import Iterable, Iterator

from app.demo import (
    large_access_requests,
    large_access_reviews,
    large_access_templates,
    large_activations,
    large_api_clients,
    large_audit_events,
    large_organization,
    large_users,
)
from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    AccessTemplate,
    ApiClient,
    ApiClientSecret,
    AuditEvent,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    OneTimeToken,
    Organization,
    OutboxMail,
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
    User: "tenant_id id created_at organization_id kind audience email first_name last_name phone country"
    " all_contract_accounts all_delivery_accounts password_hash activated_at removed_at last_sign_in_at",
    UserPermission: "user_id organization_id permission ends_at",
    ContractGrant: "user_id organization_id contract_account_id ends_at",
    DeliveryGrant: "user_id organization_id delivery_account_id ends_at",
    OneTimeToken: "tenant_id id created_at user_id purpose token_hash expires_at",
    OutboxMail: "tenant_id id created_at organization_id user_id one_time_token_id kind recipient message_id status"
    " attempts sent_at server_reply next_attempt_at",
    ApiClient: "id created_at organization_id owner_id name scopes last_used_at revoked_at",
    ApiClientSecret: "organization_id id created_at api_client_id secret_hash hint retired_at",
    AuditEvent: "tenant_id id created_at organization_id actor_id api_client_id kind subject_id request_id address"
    " policy_version changes",
    AccessReview: "id created_at organization_id created_by_id policy_version state recorded_at signed_off_by_id"
    " signed_off_at note",
    AccessReviewEntry: "id created_at organization_id review_id user_id user_email user_name user_status kind name why",
    AccessRequest: "id created_at organization_id requester_id kind permission reason state expires_at announced_at",
    AccessTemplate: "id created_at organization_id name audience permissions all_contract_accounts contract_accounts"
    " all_delivery_accounts delivery_accounts",
}


def rows(draft: Draft) -> dict[type[Base], Iterable[Row]]:
    """All rows of one organization, by table.

    Many tables are generated while they are read, from one source of random numbers: to get the same rows, read each
    once, in the order of `COLUMNS`.
    """
    contracts = list(large_organization.contract_account_rows(draft))
    deliveries = list(large_organization.delivery_account_rows(draft, contracts))
    users = large_users.draft_users(draft)
    activations = large_activations.draft_activations(draft, users)
    clients = large_api_clients.client_rows(draft, users)
    reviews = list(large_access_reviews.review_rows(draft, users))
    return {
        Organization: [(draft.id, draft.created_at, draft.company, draft.created_at)],
        ContractAccount: contracts,
        DeliveryAccount: deliveries,
        Service: large_organization.service_rows(draft, contracts, deliveries),
        User: within(draft, large_users.user_rows(draft, users)),
        UserPermission: large_users.permission_rows(draft, users),
        ContractGrant: large_users.contract_grant_rows(draft, users, contracts),
        DeliveryGrant: large_users.delivery_grant_rows(draft, users, deliveries),
        OneTimeToken: within(draft, large_activations.token_rows(draft, activations)),
        OutboxMail: within(draft, large_activations.mail_rows(draft, activations)),
        ApiClient: clients,
        ApiClientSecret: within(draft, large_api_clients.secret_rows(draft, clients)),
        AuditEvent: within(draft, large_audit_events.event_rows(draft, users, contracts, clients)),
        AccessReview: reviews,
        AccessReviewEntry: large_access_reviews.entry_rows(draft, users, reviews),
        AccessRequest: large_access_requests.request_rows(draft, users),
        AccessTemplate: large_access_templates.template_rows(draft, contracts),
    }


def within(draft: Draft, generated: Iterable[Row]) -> Iterator[Row]:
    """The rows, each after the organization to which it belongs."""
    return ((draft.id, *row) for row in generated)
