"""The types `AccessAt` and `ResourceAccessAt`: who had access when."""

from resolvers.types import access_at, resource_access_at
from schema.declare.enums import Audience, Permission
from schema.declare.fields import column, computed, gql_type, listed, many, one
from schema.declare.scalars import DateTime
from schema.types.access_expiry import AccountEnd, PermissionEnd
from schema.types.references import ContractAccounts, DeliveryAccounts, OneUser, Services, Users


@gql_type
class AccessAt:
    """The access that a user had at an earlier time, from the audit trail. Permissions and accounts that had expired by
    then are left out."""

    user: OneUser | None = one(access_at.user, "The user, as they are now.")
    complete: bool = column(
        "Whether the audit trail records all of the user's access at that time. If not, what it doesn't record is as "
        "it was before the first change that it does, or as it is now.",
        "is_complete",
    )
    reaches_back_to: DateTime | None = column(
        "Since when the audit trail records all of the user's access: their creation, or a later time if that is not "
        "in it, or no longer, because old events were moved to an archive. Null if it has no event of their access."
    )
    existed: bool = column("Whether the user had been created by then.")
    active: bool = column("Whether the user could sign in: activated, and not removed.", "was_active")
    audience: Audience | None = computed(access_at.audience, "The user's audience. Null if they didn't exist.")
    permissions: list[Permission] = computed(
        access_at.permissions, "The user's permissions, in the order of the permission matrix."
    )
    permission_ends: list[PermissionEnd] = listed(
        access_at.permission_ends, "When these permissions were to expire, earliest first."
    )
    all_contract_accounts: bool = computed(
        access_at.all_contract_accounts, "Whether the user had access to all contract accounts."
    )
    all_delivery_accounts: bool = computed(
        access_at.all_delivery_accounts, "Whether the user had access to all delivery accounts."
    )
    contract_accounts: ContractAccounts = many(
        "ContractAccount",
        access_at.contract_accounts,
        "The contract accounts in the user's access at that time that are visible to you.",
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount",
        access_at.delivery_accounts,
        "The delivery accounts in the user's access at that time that are visible to you.",
    )
    services: Services = many(
        "Service",
        access_at.services,
        "The services that are visible to you and had been created by then, whose contract account was in the user's "
        "access at that time; for the delivery audience, their delivery account as well.",
    )
    account_ends: list[AccountEnd] = listed(
        access_at.account_ends,
        "When the access to accounts that are visible to you was to expire, earliest first.",
    )


@gql_type
class ResourceAccessAt:
    """Who had access to an account or a service at an earlier time, from the audit trail."""

    users: Users = many(
        "User",
        resource_access_at.users,
        "The users visible to you who were active and had the account in their access at that time; for a service, its "
        "contract account, and users of the delivery audience its delivery account as well. Nobody if it hadn't been "
        "created by then.",
    )
    unknown: Users = many(
        "User",
        resource_access_at.unknown,
        "The users visible to you who existed then, and of whom the audit trail doesn't record all access at that "
        "time. See `AccessAt.complete`.",
    )
