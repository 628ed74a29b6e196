"""Filters of users and services."""

from typing import Any

import pytest

from tests.support.queries import ask, codes_of_services, emails
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"search": "ADA almeida"}, ["ada"]),
        ({"search": "almeida ada"}, ["ada"]),
        ({"search": "ada acme"}, ["ada"]),
        ({"search": "ada pear"}, []),
        ({"search": "bąk"}, ["ben"]),
        ({"search": "BAK"}, ["ben"]),
        ({"search": "%"}, []),
        ({"search": "_"}, []),
        ({"search": "\\"}, []),
        ({"search": "'; DROP TABLE users; --"}, []),
        ({"search": "O'Dea"}, ["dan"]),
        ({"status": ["PENDING", "EXPIRED"]}, ["eve", "pat"]),
        ({"status": "REMOVED"}, ["rob"]),
        ({"status": []}, []),
        ({"audience": ["DELIVERY"]}, ["dan", "noc", "pia"]),
        ({"kind": ["GROUP"]}, ["noc"]),
        ({"permission": ["BILLING_VIEW"]}, ["ada", "ben"]),
        ({"permission": ["BILLING_VIEW", "USER_MANAGEMENT"], "audience": "ORGANIZATION"}, ["ada", "ben", "sam"]),
        ({"ids": []}, []),
    ],
    ids=str,
)
async def test_filters_of_users(client: Client, filter_: dict[str, Any], expected: list[str]) -> None:
    assert sorted(await emails(client, "ada@acme.example", filter=filter_)) == expected


async def test_an_empty_search_matches_everything(client: Client) -> None:
    assert len(await emails(client, "ada@acme.example", filter={"search": "  "})) == 10


async def test_filters_never_return_invisible_nodes(client: Client) -> None:
    assert await emails(client, "ada@acme.example", filter={"search": "max"}) == []
    assert await emails(client, "sue@acme.example", filter={"search": "acme"}) == ["sue"]


async def test_filter_by_ids(client: Client) -> None:
    ids = {
        user["email"].partition("@")[0]: user["id"]
        for user in (await ask(client, "ada@acme.example", "{ users { nodes { id email } } }"))["users"]["nodes"]
    }
    wanted = [ids["sam"], ids["ada"], ids["ada"], ids["ben"].replace("usr", "org")]
    assert sorted(await emails(client, "ada@acme.example", filter={"ids": wanted})) == ["ada", "sam"]
    assert await emails(client, "sue@acme.example", filter={"ids": wanted}) == []


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"search": "svc-000004"}, [4]),
        ({"search": "munchen"}, [1, 2]),
        ({"search": "WROCŁAW"}, [5]),
        ({"search": "svc 3 STUTT"}, [3]),
        ({"status": "ACTIVE"}, [1, 2, 3]),
        ({"status": ["PLANNED", "SUSPENDED"]}, [4, 5, 6]),
        ({"country": ["de"]}, [1, 2, 3, 4]),
    ],
    ids=str,
)
async def test_filters_of_services(client: Client, filter_: dict[str, Any], expected: list[int]) -> None:
    services = await ask(client, "ada@acme.example", "{ services { nodes { code status site { city country } } } }")
    assert len(services["services"]["nodes"]) == 6
    assert await codes_of_services(client, **filter_) == expected, services


async def test_filter_services_by_their_accounts(client: Client) -> None:
    accounts = await ask(
        client,
        "ada@acme.example",
        "{ c: contractAccounts { nodes { id name } } d: deliveryAccounts { nodes { id name } } }",
    )
    contract = {account["name"]: account["id"] for account in accounts["c"]["nodes"]}
    delivery = {account["name"]: account["id"] for account in accounts["d"]["nodes"]}
    assert await codes_of_services(client, contractAccounts=[contract["ACME South"]]) == [1, 2, 3]
    assert await codes_of_services(client, deliveryAccounts=[delivery["PEAR Corp"]]) == [1, 2, 4, 5]
    both = {
        "contractAccounts": [contract["ACME South"], contract["ACME North"]],
        "deliveryAccounts": [delivery["PEAR Corp"]],
    }
    assert await codes_of_services(client, **both) == [1, 2]
    assert await codes_of_services(client, contractAccounts=[delivery["PEAR Corp"]]) == []
