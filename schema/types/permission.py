"""The permission matrix in the contract."""

from typing import Any, Final

import strawberry

from schema.declare.enums import Permission
from schema.declare.fields import gql_type


@gql_type
class PermissionInfo:
    """One row of the permission matrix."""

    permission: Permission = strawberry.field(description="The permission, for programs.")
    name: str = strawberry.field(description="The permission, for people.")
    opens: str = strawberry.field(description="What the permission opens.")


_MATRIX: Final = {
    Permission.SITES_SERVICES_VIEW: (
        "Sites & services: view",
        "Sites, services and accounts, within the account access. Every user has it.",
    ),
    Permission.SUPPORT_VIEW: ("Support: view", "Support cases and maintenance: read."),
    Permission.SUPPORT_EDIT: ("Support: edit", "Support cases: create and update. Includes the view."),
    Permission.ORDERS_VIEW: ("Orders: view", "Service delivery."),
    Permission.ORDERS_APPROVE: ("Orders: approve", "Placing and approving orders."),
    Permission.BILLING_VIEW: (
        "Billing: view",
        "Financial details of contract accounts: VAT number, billing email, currency.",
    ),
    Permission.DEVELOPER_PORTAL: ("Developer portal", "Making API clients."),
    Permission.USER_MANAGEMENT: ("User management", "Managing users. It makes a user an admin."),
}

MATRIX: Final[tuple[dict[str, Any], ...]] = tuple(
    {"permission": permission.value, "name": name, "opens": opens}
    for permission in Permission
    for name, opens in [_MATRIX[permission]]
)
"""The rows, in the order in which they are shown everywhere, by the names of the fields."""
