"""The permission matrix: the type `PermissionInfo` and its constant rows."""

from typing import Any, Final

import strawberry

from schema.declare.enums import PERMISSION_TEXTS, Permission
from schema.declare.fields import gql_type


@gql_type
class PermissionInfo:
    """A row of the permission matrix."""

    permission: Permission = strawberry.field(description="The permission, for programs.")
    name: str = strawberry.field(description="The name of the permission, for people.")
    opens: str = strawberry.field(description="What the permission allows.")


MATRIX: Final[tuple[dict[str, Any], ...]] = tuple(
    {
        "permission": permission.value,
        "name": PERMISSION_TEXTS[permission].name,
        "opens": PERMISSION_TEXTS[permission].description,
    }
    for permission in Permission
)
"""The rows, in the order in which permissions are listed everywhere, by the names of the fields."""
