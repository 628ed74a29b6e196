"""Reads a change of a user's access from the fields of an input."""

from collections.abc import Mapping
from typing import Any

import models
from resolvers.mutations.users.update import NewAccess
from resolvers.public_id import keys
from schema.types.access_expiry import account_ends, permission_ends


def access_changes(given: Mapping[str, Any]) -> NewAccess:
    """Returns the change of the access. `given` holds the values of the fields that the client has given."""
    access: Any = {name: given[name] for name in NewAccess.__annotations__ if name in given}
    for kind in models.ACCOUNT_KINDS:
        if access.get(kind.field) is not None:
            access[kind.field] = keys(access[kind.field], kind.accounts)
    for name, read in (("permissions", tuple), ("permission_ends", permission_ends), ("account_ends", account_ends)):
        if access.get(name) is not None:
            access[name] = read(access[name])
    changes: NewAccess = access
    return changes
