"""What a PATCH of a group changes, if that can be told without its members: so a group may have any number of them.

Identity providers add and remove members one by one or in batches, and rename groups. Whatever else a PATCH says, such
as to replace all members, is applied to the whole group by the library.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from scim2_models import PatchOp, PatchOperation

from app.scim.resources import Group
from models import User
from resolvers.mutations.provisioning.groups import GroupChange
from resolvers.public_id import keys

_URN: Final = re.compile(re.escape(str(Group.__schema__)) + ":", re.IGNORECASE)
_ONE_MEMBER: Final = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]*)"\s*\]', re.IGNORECASE)


class _NeedsMembers(Exception):
    """The change depends on who the members are."""


@dataclass
class _Change:
    name: str | None = None
    external_id: str | None = None
    sets_external_id: bool = False
    members: dict[str, bool] = field(default_factory=dict)
    """Whether each member is in the group afterwards."""


def group_change_of(patch: "PatchOp[Any]") -> GroupChange | None:
    """The change that a valid PATCH of a group makes. None if that depends on its members, or if the library is to say
    what is wrong with it."""
    change = _Change()
    try:
        for operation in patch.operations or ():
            for path, value in _parts(operation):
                _apply(change, operation.op, path, value)
    except _NeedsMembers:
        return None
    return GroupChange(
        name=change.name,
        external_id=change.external_id,
        sets_external_id=change.sets_external_id,
        added=keys([id_ for id_, is_member in change.members.items() if is_member], User),
        removed=keys([id_ for id_, is_member in change.members.items() if not is_member], User),
    )


def _parts(operation: "PatchOperation[Any]") -> Iterator[tuple[str, Any]]:
    """The paths that an operation names, without the schema, each with its value."""
    if operation.path is not None:
        yield _URN.sub("", str(operation.path)), operation.value
    elif isinstance(operation.value, dict):
        yield from ((_URN.sub("", name), value) for name, value in operation.value.items())
    else:
        raise _NeedsMembers


def _apply(change: _Change, op: PatchOperation.Op, path: str, value: Any) -> None:
    is_removal = op is PatchOperation.Op.remove
    one = _ONE_MEMBER.fullmatch(path)
    match path.lower():
        case "displayname" if isinstance(value, str) and not is_removal:
            change.name = value
        case "externalid" if is_removal or value is None or isinstance(value, str):
            change.external_id, change.sets_external_id = None if is_removal else value or None, True
        case "members" if op is PatchOperation.Op.add or (is_removal and value is not None):
            change.members |= dict.fromkeys(_ids(value, only_value=is_removal), not is_removal)
        case _ if one is not None and is_removal and value is None:
            change.members[one[1]] = False
        case _:
            raise _NeedsMembers


def _ids(members: Any, *, only_value: bool) -> Iterable[str]:
    """The ids of members in a value. With `only_value`, they have no other attributes."""
    entries = members if isinstance(members, list) else [members]
    for entry in entries:
        id_ = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(id_, str) or (only_value and len(entry) > 1):
            raise _NeedsMembers
        yield id_
