"""Users over GraphQL: computed fields, and account access."""

import pytest

from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

MATRIX = [
    "SITES_SERVICES_VIEW",
    "SUPPORT_VIEW",
    "SUPPORT_EDIT",
    "ORDERS_VIEW",
    "ORDERS_APPROVE",
    "BILLING_VIEW",
    "DEVELOPER_PORTAL",
    "USER_MANAGEMENT",
]


async def test_computed_fields_of_users(client: Client) -> None:
    text = "{ users { nodes { email displayName status permissions activation { sentAt mail } viewerCan } } }"
    users = {user.pop("email"): user for user in (await ask(client, "ada@acme.example", text))["users"]["nodes"]}
    assert {email.partition("@")[0]: user["status"] for email, user in users.items() if user["status"] != "ACTIVE"} == {
        "pat": "PENDING",
        "eve": "EXPIRED",
        "rob": "REMOVED",
    }
    assert users["ada@acme.example"] == {
        "displayName": "Ada Almeida",
        "status": "ACTIVE",
        "permissions": MATRIX,
        "activation": None,
        "viewerCan": ["VIEW", "UPDATE", "REMOVE"],
    }
    assert users["sam@acme.example"]["permissions"] == ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "USER_MANAGEMENT"]
    assert users["pat@acme.example"]["viewerCan"] == ["VIEW", "UPDATE", "RESEND_ACTIVATION", "REMOVE"]
    assert users["rob@acme.example"]["viewerCan"] == ["VIEW", "RESTORE"]
    assert users["eve@acme.example"]["activation"]["mail"] == "SENT"
    assert users["pat@acme.example"]["activation"]["sentAt"] is None
    assert users["pat@acme.example"]["activation"]["mail"] == "QUEUED"


async def test_an_admin_is_told_that_a_user_may_have_more(client: Client) -> None:
    text = """{ users { nodes { email mayHaveMoreAccounts contractAccounts { totalCount } } } }"""

    async def having_more(who: str) -> set[str]:
        users = (await ask(client, who, text))["users"]["nodes"]
        return {user["email"].partition("@")[0] for user in users if user["mayHaveMoreAccounts"]}

    assert await having_more("ada@acme.example") == set()
    assert "ada" in await having_more("sam@acme.example")
    assert {"sam", "sue"}.isdisjoint(await having_more("sam@acme.example"))
    assert "ada" in await having_more("dan@pear.example")
    assert "dan" not in await having_more("dan@pear.example")
    for who in ("sue@acme.example", "ben@acme.example", "staff@portico.example"):
        users = (await ask(client, who, text))["users"]["nodes"]
        assert {user["mayHaveMoreAccounts"] for user in users} == {None}


async def test_the_email_address_replaces_a_missing_name(client: Client) -> None:
    async with client.backend.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE users SET first_name = NULL WHERE email = 'sue@acme.example'")
    text = '{ users(filter: {search: "sue"}) { nodes { displayName } } }'
    assert (await ask(client, "ada@acme.example", text))["users"]["nodes"] == [{"displayName": "Schäfer"}]
    async with client.backend.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE users SET last_name = NULL WHERE email = 'sue@acme.example'")
    assert (await ask(client, "ada@acme.example", text))["users"]["nodes"] == [{"displayName": "sue@acme.example"}]
    async with client.backend.engine.begin() as connection:
        names = "first_name = 'Sue', last_name = 'Schäfer'"
        await connection.exec_driver_sql(f"UPDATE users SET {names} WHERE email = 'sue@acme.example'")


async def test_the_newest_activation_counts(client: Client) -> None:
    async with client.backend.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO one_time_tokens (id, tenant_id, user_id, purpose, token_hash, expires_at, used_at) "
            "SELECT 'ffffffff-ffff-7fff-bfff-ffffffffffff', tenant_id, id, 'ACTIVATION', '\\x01', '2031-01-01', now() "
            "FROM users WHERE email = 'eve@acme.example'"
        )
    text = '{ users(filter: {search: "eve"}) { nodes { status activation { expiresAt sentAt mail } } } }'
    assert (await ask(client, "ada@acme.example", text))["users"]["nodes"] == [
        {"status": "EXPIRED", "activation": {"expiresAt": "2031-01-01T00:00:00Z", "sentAt": None, "mail": None}}
    ], "a used link makes nobody pending"
    sent = "{ users(filter: {mail: [SENT, FAILED, QUEUED]}) { nodes { email } } }"
    assert (await ask(client, "ada@acme.example", sent))["users"]["nodes"] == [{"email": "pat@acme.example"}]
    async with client.backend.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM one_time_tokens WHERE token_hash = '\\x01'")


async def test_account_access_agrees_from_both_sides(client: Client) -> None:
    text = """{
      users { nodes { email contractAccounts { nodes { name } } deliveryAccounts { nodes { name } } } }
      contractAccounts { nodes { name users { totalCount nodes { email } } } }
      deliveryAccounts { nodes { name users { totalCount nodes { email } } } }
    }"""
    data = await ask(client, "ada@acme.example", text)
    for accounts in ("contractAccounts", "deliveryAccounts"):
        of_users = {
            (user["email"], account["name"]) for user in data["users"]["nodes"] for account in user[accounts]["nodes"]
        }
        of_accounts = {
            (user["email"], account["name"])
            for account in data[accounts]["nodes"]
            for user in account["users"]["nodes"]
        }
        assert of_users == of_accounts
        assert len(of_users) >= 6
        assert all(
            account["users"]["totalCount"] == len(account["users"]["nodes"]) for account in data[accounts]["nodes"]
        )
    assert ("dan@pear.example", "ACME North") in {
        (user["email"], account["name"])
        for user in data["users"]["nodes"]
        for account in user["contractAccounts"]["nodes"]
    }, "all contract accounts are all of the organization"
