"""Users as SCIM resources: from the rows that are read, and to the changes that are made."""

import re
from collections.abc import Sequence
from typing import Any, Final

from scim2_models import InvalidFilterException, Meta, Reference, SearchRequest

from app.scim.reading import Row
from app.scim.resources import Email, GroupMembership, Name, PhoneNumber, User
from resolvers.mutations.provisioning.users import ProvisionedUser
from resolvers.types.user import UserStatus

WORK: Final = "work"
ORDERS: Final = {
    "username": "EMAIL",
    "emails": "EMAIL",
    "emails.value": "EMAIL",
    "name.familyname": "NAME",
    "displayname": "NAME",
    "meta.created": "CREATED_AT",
    "id": "CREATED_AT",
}
"""The orders of the planner by the attributes by which lists can be sorted, in lower case."""

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_PUNCTUATION: Final = re.compile(r"[\s().\-/]|^tel:", re.IGNORECASE)


def order_of(search: SearchRequest[Any], orders: dict[str, str]) -> str:
    """The order of the planner for a search. Raises InvalidFilterException for an attribute that no index has in
    order."""
    if search.sort_by is None:
        return "CREATED_AT_ASC"
    name = str(search.sort_by).rpartition(":")[2].lower()
    if name not in orders:
        raise InvalidFilterException(detail=f"Sorting by {search.sort_by} is not supported.")
    descending = search.sort_order == SearchRequest.SortOrder.descending
    return f"{orders[name]}_{'DESC' if descending else 'ASC'}"


def user_resource(row: Row) -> User:
    """The resource of a row of `reading.USERS`."""
    phone, group = row["phone"], row["template"]
    return User(
        id=row["id"],
        external_id=row["externalId"],
        user_name=row["email"],
        name=_name(row),
        display_name=row["displayName"],
        active=row["status"] != UserStatus.REMOVED,
        emails=[Email(value=row["email"], type=WORK, primary=True)],
        phone_numbers=None if phone is None else [PhoneNumber(value=phone, type=WORK)],
        groups=None if group is None else [_membership(group)],
        meta=meta_of("User", row, f'W/"{row["version"]}"'),
    )


def meta_of(resource_type: str, row: Row, version: str | None) -> Meta:
    """The metadata of a resource."""
    return Meta(resource_type=resource_type, created=row["createdAt"], last_modified=row["updatedAt"], version=version)


def version_of(entity_tag: str | None) -> int | None:
    """The version of the user in the entity tag of their resource."""
    return None if entity_tag is None else int(entity_tag.removeprefix("W/").strip('"'))


def _name(row: Row) -> Name | None:
    given, family = row["firstName"], row["lastName"]
    if given is None and family is None:
        return None
    return Name(given_name=given, family_name=family)


def _membership(group: Row) -> GroupMembership:
    return GroupMembership(value=group["id"], ref=Reference(f"Groups/{group['id']}"), display=group["name"])


def wanted_user(resource: User) -> ProvisionedUser:
    """What a client wants a user to be."""
    name = resource.name or Name()
    return ProvisionedUser(
        first_name=_text(name.given_name),
        last_name=_text(name.family_name),
        phone=stored_phone(resource.phone_numbers or ()),
        external_id=_text(resource.external_id),
        active=resource.active,
    )


def _text(value: str | None) -> str | None:
    return None if value is None or not value.strip() else value.strip()


def stored_phone(numbers: Sequence[PhoneNumber]) -> str | None:
    """The number that is stored, in E.164: the first one for work, else the first one. None if that has no country
    code, because it is then no number that can be stored."""
    given = [number for number in numbers if number.value]
    work = [number for number in given if (number.type or "").lower() == WORK]
    for number in (work or given)[:1]:
        digits = _PUNCTUATION.sub("", number.value or "")
        digits = f"+{digits[2:]}" if digits.startswith("00") else digits
        return digits if _E164.fullmatch(digits) else None
    return None
