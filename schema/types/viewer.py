"""The type `Viewer`: the authenticated caller, and what they may give to others."""

from resolvers.types import api_client, second_factors, session, view_as, viewer
from schema.declare.action_enums import ViewerAction
from schema.declare.enums import Audience, Permission, Scope
from schema.declare.fields import computed, gql_type, group, listed, many, one
from schema.types.references import ContractAccounts, DeliveryAccounts, OneApiClient, OneOrganization, OneUser
from schema.types.second_factors import SecondFactors
from schema.types.session import Session
from schema.types.view_as import ViewAs


@gql_type
class Assignable:
    """The permissions and account access that you may give to users. A form should offer exactly these."""

    audiences: list[Audience] = computed(viewer.assignable_audiences, "The audiences that you may give to users.")
    permissions: list[Permission] = computed(
        viewer.assignable_permissions, "The permissions that you may give, in the order of the permission matrix."
    )
    all_contract_accounts: bool = computed(
        viewer.all_contract_accounts, "Whether you may give access to all contract accounts, including future ones."
    )
    all_delivery_accounts: bool = computed(
        viewer.all_delivery_accounts, "Whether you may give access to all delivery accounts, including future ones."
    )
    contract_accounts: ContractAccounts = many(
        "ContractAccount", None, "The contract accounts that you may give access to.", action="assign"
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount", None, "The delivery accounts that you may give access to.", action="assign"
    )


@gql_type
class Viewer:
    """The authenticated caller: a user, or an API client that acts on behalf of a user. In a request with the header
    `Portico-View-As`, the user as whom you view."""

    user: OneUser | None = one(viewer.user, "The authenticated user. Null for an API client.")
    api_client: OneApiClient | None = one(api_client.current_client, "The authenticated API client. Null for a user.")
    organization: OneOrganization | None = one(
        viewer.organization,
        "The organization of the user. Null for staff of the platform, and for API clients to which it isn't visible.",
    )
    permissions: list[Permission] = computed(
        viewer.permissions,
        "Your permissions, in the order of the permission matrix. For an API client, those of its owner.",
    )
    scopes: list[Scope] | None = computed(
        viewer.scopes, "The scopes of the access token, which limit an API client. Null for a user."
    )
    viewer_can: list[ViewerAction] = computed(
        viewer.can, "The actions that you may perform, in addition to those in the `viewerCan` of each node."
    )
    assignable: Assignable | None = group(
        "What you may give to other users. Null if you may not manage users, and while you view as another user.",
        present=viewer.manages_users,
    )
    sessions: list[Session] = listed(
        session.own_sessions,
        f"Your open sessions, the last used first, and at most {session.MAX_LISTED}. Empty for an API client, "
        "and while you view as another user.",
    )
    second_factors: SecondFactors | None = group(
        "Your second factors. Null for an API client, and while you view as another user.",
        row=second_factors.own_factors,
    )
    viewing_as: ViewAs | None = group(
        "The view as another user through which this request is read. Null without the header `Portico-View-As`: then "
        "`user` is you.",
        row=view_as.current,
    )
