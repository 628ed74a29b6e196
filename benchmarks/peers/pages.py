"""The four pages as PostGraphile's schema has them, and both servers' answers in one form."""

import json
import re
from typing import Any, Final

from benchmarks.pages import PAGES

VIEWER: Final = """
query Viewer {
  viewer: peerApiCurrentUserRow {
    id: rowId email firstName lastName displayName kind audience status
    organization: organizationByOrganizationId { id: rowId name }
    permissions
  }
}
"""

ACCOUNTS: Final = """
query Accounts($accounts: Int!, $services: Int!) {
  contractAccounts: allContractAccounts(first: $accounts, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) {
    nodes {
      id: rowId
      name
      services: servicesByOrganizationIdAndContractAccountId(first: $services, orderBy: [CODE_ASC, ROW_ID_ASC]) {
        nodes {
          id: rowId code name status
          deliveryAccount: deliveryAccountByOrganizationIdAndDeliveryAccountId { id: rowId name }
        }
      }
    }
    pageInfo { hasNextPage }
  }
}
"""

USERS: Final = """
query Users($users: Int!, $accounts: Int!) {
  users: allUsers(first: $users, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]) {
    nodes {
      id: rowId
      email
      displayName
      status
      permissions
      contractAccounts(first: $accounts) { nodes { id: rowId name } }
      deliveryAccounts(first: $accounts) { nodes { id: rowId name } }
    }
    pageInfo { hasNextPage }
  }
}
"""

SERVICES: Final = ACCOUNTS.replace("query Accounts", "query Services").replace("status\n", "status city country\n")

DOCUMENTS: Final = {"Q1": VIEWER, "Q2": ACCOUNTS, "Q3": USERS, "Q4": SERVICES}
PEER_PAGES: Final = {page: (document, PAGES[page][1]) for page, document in DOCUMENTS.items()}
"""Document and variables, by name."""

_PREFIX: Final = re.compile(rb'"[a-z]{2,4}_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')


def normalized(answer: bytes) -> Any:
    """The data of Portico's or PostGraphile's answer: ids without prefix, and no objects that only one of them has."""
    return _flat(json.loads(_PREFIX.sub(rb'"\1"', answer))["data"])


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return [_flat(item) for item in value]
    if not isinstance(value, dict):
        return value
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        # Portico has the site of a service, and the viewer's user, as objects.
        flat |= _flat(inner) if name in ("site", "user") else {name: _flat(inner)}
    return flat
