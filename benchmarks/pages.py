"""The four pages that are measured, with the queries of a single-page application."""

from typing import Final

VIEWER: Final = """
query Viewer {
  viewer {
    user { id email firstName lastName displayName kind audience status }
    organization { id name }
    permissions
  }
}
"""

ACCOUNTS: Final = """
query Accounts($accounts: Int!, $services: Int!) {
  contractAccounts(first: $accounts) {
    nodes {
      id
      name
      services(first: $services) {
        nodes { id code name status deliveryAccount { id name } }
      }
    }
    pageInfo { hasNextPage }
  }
}
"""

USERS: Final = """
query Users($users: Int!, $accounts: Int!) {
  users(first: $users) {
    nodes {
      id
      email
      displayName
      status
      permissions
      contractAccounts(first: $accounts) { nodes { id name } }
      deliveryAccounts(first: $accounts) { nodes { id name } }
    }
    pageInfo { hasNextPage }
  }
}
"""

SERVICES: Final = """
query Services($accounts: Int!, $services: Int!) {
  contractAccounts(first: $accounts) {
    nodes {
      id
      name
      services(first: $services) {
        nodes { id code name status site { city country } deliveryAccount { id name } }
      }
    }
    pageInfo { hasNextPage }
  }
}
"""

PAGES: Final[dict[str, tuple[str, dict[str, int]]]] = {
    "Q1": (VIEWER, {}),
    "Q2": (ACCOUNTS, {"accounts": 20, "services": 10}),
    "Q3": (USERS, {"users": 50, "accounts": 5}),
    "Q4": (SERVICES, {"accounts": 20, "services": 100}),
}
"""Document and variables, by name."""

ABOUT: Final = {
    "Q1": "the signed-in user",
    "Q2": "20 contract accounts with 10 services each and their delivery account",
    "Q3": "50 users with up to 5 + 5 accounts and permissions",
    "Q4": "20 contract accounts with up to 100 services each, of 8 fields",
}
