"""The variables of the mails that list ends of access or dormant users: names as plain text, times, and links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from app.mail.language import FALLBACK
from app.mail.plain_names import unlinked
from models import Audience, MailKind, Permission

LIST_FILTERS: Final = {MailKind.ACCESS_ENDS: "endsWithin", MailKind.DORMANT_USERS: "notSignedInFor"}
"""The filter in the address of the console's lists of users, whose value is a number of days."""

_LISTS: Final = {Audience.ORGANIZATION: "organization", Audience.DELIVERY: "delivery"}

_PERMISSIONS: Final[Mapping[str, Mapping[Permission, str]]] = {
    "en": {
        Permission.SITES_SERVICES_VIEW: "Sites & services: view",
        Permission.SUPPORT_VIEW: "Support: view",
        Permission.SUPPORT_EDIT: "Support: edit",
        Permission.ORDERS_VIEW: "Orders: view",
        Permission.ORDERS_APPROVE: "Orders: approve",
        Permission.BILLING_VIEW: "Billing: view",
        Permission.DEVELOPER_PORTAL: "Developer portal",
        Permission.USER_MANAGEMENT: "User management",
    },
    "de": {
        Permission.SITES_SERVICES_VIEW: "Standorte und Dienste: ansehen",
        Permission.SUPPORT_VIEW: "Support: ansehen",
        Permission.SUPPORT_EDIT: "Support: bearbeiten",
        Permission.ORDERS_VIEW: "Bestellungen: ansehen",
        Permission.ORDERS_APPROVE: "Bestellungen: freigeben",
        Permission.BILLING_VIEW: "Abrechnung: ansehen",
        Permission.DEVELOPER_PORTAL: "Entwicklerportal",
        Permission.USER_MANAGEMENT: "Benutzerverwaltung",
    },
}


def digest_variables(kind: MailKind, values: Mapping[str, Any], base_url: str, language: str) -> dict[str, Any]:
    """The variables of the templates: `own` and `others` are what the mail lists of its recipient and of other users,
    `more` how many entries are not listed, and `links` the pages of the console where something can be done."""
    entries: Sequence[Mapping[str, Any]] = values["entries"]
    listed = [_entry(entry, language) for entry in entries]
    return {
        "own": [entry for entry in listed if entry["is_own"]],
        "others": [entry for entry in listed if not entry["is_own"]],
        "more": values["total"] - len(entries),
        "links": [f"{base_url}/console/{path}" for path in _paths(kind, values)],
    }


def permission_name(language: str, permission: Permission) -> str:
    """The name of a permission in a language, or in English if there is no translation."""
    return _PERMISSIONS.get(language, _PERMISSIONS[FALLBACK])[permission]


def _entry(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    named = entry["name"] != entry["email"]
    user = f"{unlinked(entry['name'])} ({unlinked(entry['email'])})" if named else unlinked(entry["email"])
    permission, account = entry["permission"], entry["account"]
    what = permission_name(language, Permission(permission)) if permission else unlinked(account or "")
    return {"is_own": entry["is_own"], "user": user, "what": what, "at": datetime.fromisoformat(entry["at"])}


def _paths(kind: MailKind, values: Mapping[str, Any]) -> list[str]:
    """The page that edits a user, if the mail is about only one, or the lists of the users that it is about."""
    others = [entry for entry in values["entries"] if not entry["is_own"]]
    users = {entry["user"] for entry in others}
    if not users:
        return ["account"]
    if len(users) == 1 and values["total"] == len(values["entries"]):
        return [f"users/{users.pop()}/edit" if kind is MailKind.ACCESS_ENDS else f"users/{users.pop()}"]
    query = urlencode({LIST_FILTERS[kind]: values["days"]})
    audiences = {entry["audience"] for entry in others}
    return [f"users/{name}?{query}" for audience, name in _LISTS.items() if audience in audiences]
