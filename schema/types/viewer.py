"""Who asks, and what they may give to others, in the contract."""

from resolvers.types import api_client, viewer
from schema.declare.action_enums import ViewerAction
from schema.declare.enums import Audience, Permission, Scope
from schema.declare.fields import computed, gql_type, group, many, one
from schema.types.references import ContractAccounts, DeliveryAccounts, OneApiClient, OneOrganization, OneUser


@gql_type
class Assignable:
    """What you may give to the users whom you create or change: exactly what a form should offer."""

    audiences: list[Audience] = computed(viewer.assignable_audiences, "The audiences that you may make users of.")
    permissions: list[Permission] = computed(
        viewer.assignable_permissions, "The permissions that you may give, in the order of the matrix."
    )
    all_contract_accounts: bool = computed(
        viewer.all_contract_accounts, "Whether you may give all contract accounts at once."
    )
    all_delivery_accounts: bool = computed(
        viewer.all_delivery_accounts, "Whether you may give all delivery accounts at once."
    )
    contract_accounts: ContractAccounts = many(
        "ContractAccount", None, "The contract accounts that you may give.", action="assign"
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount", None, "The delivery accounts that you may give.", action="assign"
    )


@gql_type
class Viewer:
    """Who is asking: a user, or an API client that acts for one."""

    user: OneUser | None = one(viewer.user, "The user who is signed in. Null for an API client.")
    api_client: OneApiClient | None = one(api_client.is_actor, "The API client that is asking. Null for a user.")
    organization: OneOrganization | None = one(
        viewer.organization,
        "The organization of the user. Null for the platform's own staff, and for an API client that does not see it.",
    )
    permissions: list[Permission] = computed(
        viewer.permissions, "Your permissions, in the order of the matrix; for an API client, those of its owner."
    )
    scopes: list[Scope] | None = computed(
        viewer.scopes, "The scopes of the access token, within which an API client acts. Null for a user."
    )
    viewer_can: list[ViewerAction] = computed(
        viewer.can, "What you may do besides what the `viewerCan` of each node says."
    )
    assignable: Assignable | None = group(
        "What you may give to others. Null for those who manage no users.", present=viewer.manages_users
    )
