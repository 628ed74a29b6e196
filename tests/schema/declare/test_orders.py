"""Sort orders of users and services, with pagination."""

import pytest

from tests.support.queries import ask, emails
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("order", ["NAME", "EMAIL", "STATUS", "CREATED_AT"])
async def test_orders_of_users_page_through_all(client: Client, order: str) -> None:
    upward = await emails(client, "ada@acme.example", orderBy=f"{order}_ASC")
    assert len(upward) == 10
    assert upward == (await emails(client, "ada@acme.example", orderBy=f"{order}_DESC"))[::-1]
    text = """query ($after: String, $orderBy: UserOrder) {
      users(first: 3, after: $after, orderBy: $orderBy) { nodes { email } pageInfo { hasNextPage endCursor } }
    }"""
    paged: list[str] = []
    after = None
    while True:
        page = (await ask(client, "ada@acme.example", text, after=after, orderBy=f"{order}_ASC"))["users"]
        paged += [user["email"].partition("@")[0] for user in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert paged == upward


async def test_order_by_status_follows_the_lifecycle(client: Client) -> None:
    text = "{ users(orderBy: STATUS_ASC) { nodes { status } } }"
    states = [user["status"] for user in (await ask(client, "ada@acme.example", text))["users"]["nodes"]]
    assert list(dict.fromkeys(states)) == ["PENDING", "EXPIRED", "ACTIVE", "REMOVED"]


@pytest.mark.parametrize("order", ["CODE", "NAME", "CITY", "STATUS", "CREATED_AT"])
async def test_orders_of_services(client: Client, order: str) -> None:
    text = "query ($o: ServiceOrder) { services(orderBy: $o) { nodes { code } } }"
    upward = (await ask(client, "ada@acme.example", text, o=f"{order}_ASC"))["services"]["nodes"]
    downward = (await ask(client, "ada@acme.example", text, o=f"{order}_DESC"))["services"]["nodes"]
    assert len(upward) == 6
    assert upward == downward[::-1]
