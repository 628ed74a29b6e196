"""Sends queries as demo users."""

from typing import Any

from tests.support.server import Client


async def ask(client: Client, who: str, text: str, **variables: Any) -> Any:
    """Returns the data that a demo user of ACME or PEAR gets."""
    return await client.data(text, await client.session(who), **variables)


async def emails(client: Client, who: str, **arguments: Any) -> list[str]:
    """Returns the users that a demo user finds, in order, as the part of their email before the @."""
    text = """query ($filter: UserFilter, $orderBy: UserOrder) {
      users(filter: $filter, orderBy: $orderBy) { nodes { email } }
    }"""
    users = (await ask(client, who, text, **arguments))["users"]["nodes"]
    return [user["email"].partition("@")[0] for user in users]


async def codes_of_services(client: Client, **filter_: Any) -> list[int]:
    """Returns the numbers in the codes of the services that Ada finds."""
    text = "query ($filter: ServiceFilter) { services(filter: $filter) { nodes { code } } }"
    services = (await ask(client, "ada@acme.example", text, filter=filter_))["services"]["nodes"]
    return [int(service["code"].removeprefix("SVC-")) for service in services]
