"""Groups as SCIM resources: access templates, with the users who have them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from scim2_models import Reference

from app.scim.reading import Row
from app.scim.resources import Group, GroupMember
from app.scim.user_storage import meta_of
from models import User
from resolvers.mutations.provisioning.groups import GroupChange
from resolvers.public_id import keys

ORDERS: Final = {"displayname": "NAME", "meta.created": "CREATED_AT", "id": "CREATED_AT"}


def group_resource(row: Row, members: Sequence[Row] | None) -> Group:
    """The resource of a row of `reading.GROUPS`, without members if these were not read."""
    return Group(
        id=row["id"],
        external_id=row["externalId"],
        display_name=row["name"],
        members=[_member(member) for member in members] if members else None,
        meta=meta_of("Group", row, None if members is None else _version(row, members)),
    )


def _member(row: Row) -> GroupMember:
    return GroupMember(value=row["id"], ref=Reference(f"Users/{row['id']}"))


def _version(row: Row, members: Sequence[Row]) -> str:
    """The entity tag, which changes with the template, its external id and its members."""
    parts = [str(row["version"]), str(row["externalId"]), *sorted(member["id"] for member in members)]
    digest = sha256("\0".join(parts).encode()).hexdigest()[:32]
    return f'W/"{digest}"'


def by_group(members: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """The members by the ids of their groups."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for member in members:
        if member["template"] is not None:
            found[member["template"]["id"]].append(member)
    return found


def group_change(wanted: Group, before: Group | None) -> GroupChange:
    """What to change so that a group is what a client wants."""
    had = _ids(before)
    has = _ids(wanted)
    return GroupChange(
        name=wanted.display_name,
        external_id=wanted.external_id or None,
        sets_external_id=before is None or before.external_id != wanted.external_id,
        added=keys([id_ for id_ in has if id_ not in had], User),
        removed=keys([id_ for id_ in had if id_ not in has], User),
    )


def _ids(group: Group | None) -> dict[str, None]:
    """The ids of the members, without repetitions, in their order."""
    members = (group.members if group is not None else None) or ()
    return dict.fromkeys(member.value for member in members if member.value is not None)
