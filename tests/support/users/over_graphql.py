"""Users of the demo data, created and found through the GraphQL API."""

from typing import Any

from tests.support.queries import ask
from tests.support.server import Client

CREATE_USER = """mutation ($input: CreateUserInput!) { new: createUser(input: $input) {
  who: user {
    __typename mail: email status activation { mail } contractAccounts { nodes { name } totalCount } viewerCan
  }
  again: user { id }
  problems: errors { c: code at: path __typename }
} }"""
USERS = """query ($name: String!) { users(filter: {search: $name}) { nodes {
  id version status contractAccounts { nodes { name } }
} } }"""


async def south(client: Client) -> str:
    """The id of ACME South."""
    text = '{ contractAccounts(filter: {search: "south"}) { nodes { id } } }'
    (account,) = (await ask(client, "ada@acme.example", text))["contractAccounts"]["nodes"]
    id_: str = account["id"]
    return id_


async def new_user(client: Client, email: str, **details: Any) -> dict[str, Any]:
    """The payload of `createUser`, called by Ada for a user of ACME South with these details."""
    usual = {"email": email, "firstName": "New", "lastName": "User", "contractAccounts": [await south(client)]}
    payload: dict[str, Any] = (await ask(client, "ada@acme.example", CREATE_USER, input=usual | details))["new"]
    return payload


async def find_user(client: Client, reader: str, text: str) -> dict[str, Any]:
    """The one user whose name or email contains `text`, as `reader` sees them."""
    (user,) = (await ask(client, reader, USERS, name=text))["users"]["nodes"]
    node: dict[str, Any] = user
    return node
