"""Who asks, and what they may give to others, in the contract."""

from resolvers import user, viewer
from schema.binding import computed, described, group, many, one
from schema.references import ContractAccounts, DeliveryAccounts, OneOrganization, OneUser
from schema.vocabulary import Audience, Permission, ViewerAction


@described
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


@described
class Viewer:
    """Who is signed in."""

    user: OneUser | None = one(user.is_actor, "The user who is signed in.")
    organization: OneOrganization | None = one(
        viewer.organization, "The organization of the user. Null for the platform's own staff."
    )
    permissions: list[Permission] = computed(viewer.permissions, "Your permissions, in the order of the matrix.")
    viewer_can: list[ViewerAction] = computed(
        viewer.can, "What you may do besides what the `viewerCan` of each node says."
    )
    assignable: Assignable | None = group(
        "What you may give to others. Null for those who manage no users.", present=viewer.manages_users
    )
