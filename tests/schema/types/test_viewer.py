"""The viewer, what they may assign, email availability, and large queries."""

import pytest

from tests.support.queries import ask
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_services_connect_accounts(client: Client) -> None:
    text = """{
      contractAccounts { nodes { name deliveryAccounts { totalCount nodes { name } } } }
      deliveryAccounts { nodes { name contractAccounts { totalCount nodes { name } } } }
    }"""
    for who, expected in {
        "ada@acme.example": {
            ("East", "PEAR Corp"),
            ("South", "PEAR Corp"),
            ("South", "ACME South"),
            ("North", "ACME North"),
        },
        "pia@pear.example": {("South", "PEAR Corp")},
        "dan@pear.example": {("South", "PEAR Corp"), ("East", "PEAR Corp")},
    }.items():
        data = await ask(client, who, text)
        from_contract_accounts = {
            (a["name"][5:], b["name"])
            for a in data["contractAccounts"]["nodes"]
            for b in a["deliveryAccounts"]["nodes"]
        }
        from_delivery_accounts = {
            (a["name"][5:], b["name"])
            for b in data["deliveryAccounts"]["nodes"]
            for a in b["contractAccounts"]["nodes"]
        }
        assert from_contract_accounts == from_delivery_accounts == expected
        assert sum(a["deliveryAccounts"]["totalCount"] for a in data["contractAccounts"]["nodes"]) == len(expected)


async def test_the_viewer_and_what_they_may_assign(client: Client) -> None:
    text = """{ viewer {
      user { email } organization { name viewerCan } permissions
      assignable {
        audiences permissions allContractAccounts allDeliveryAccounts
        contractAccounts { nodes { name } totalCount } deliveryAccounts { nodes { name } totalCount }
      }
    } }"""
    sam = (await ask(client, "sam@acme.example", text))["viewer"]
    assert sam["organization"] == {"name": "ACME Corporation", "viewerCan": ["VIEW", "CREATE_USER"]}
    assert sam["assignable"] == {
        "audiences": ["ORGANIZATION", "DELIVERY"],
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "USER_MANAGEMENT"],
        "allContractAccounts": False,
        "allDeliveryAccounts": False,
        "contractAccounts": {"nodes": [{"name": "ACME South"}], "totalCount": 1},
        "deliveryAccounts": {"nodes": [{"name": "ACME South"}, {"name": "PEAR Corp"}], "totalCount": 2},
    }
    dan = (await ask(client, "dan@pear.example", text))["viewer"]
    assert dan["assignable"]["audiences"] == ["DELIVERY"]
    assert dan["assignable"]["allContractAccounts"] is True
    ben = (await ask(client, "ben@acme.example", text))["viewer"]
    assert ben["permissions"] == ["SITES_SERVICES_VIEW", "BILLING_VIEW"]
    assert ben["assignable"] is None
    assert ben["organization"]["viewerCan"] == ["VIEW"]
    staff = (await ask(client, "staff@portico.example", text))["viewer"]
    assert staff["user"] == {"email": "staff@portico.example"}
    assert staff["organization"] is None


@pytest.mark.parametrize(
    ("who", "email", "state", "user"),
    [
        ("ada@acme.example", "Sam@ACME.example", "TAKEN", {"email": "sam@acme.example"}),
        ("ada@acme.example", "max@globex.example", "UNAVAILABLE", None),
        ("ada@acme.example", "rob@acme.example", "TAKEN", {"email": "rob@acme.example"}),
        ("ada@acme.example", "nobody@acme.example", "AVAILABLE", None),
        ("sam@acme.example", "eve@acme.example", "UNAVAILABLE", None),
        ("sam@acme.example", "pia@pear.example", "TAKEN", {"email": "pia@pear.example"}),
    ],
)
async def test_email_availability(client: Client, who: str, email: str, state: str, user: object) -> None:
    text = """query ($email: EmailAddress!) {
      emailAvailability(email: $email) { state user { email } } permissions { name }
    }"""
    answer = await ask(client, who, text, email=email)
    assert answer["emailAvailability"] == {"state": state, "user": user}
    assert len(answer["permissions"]) == 8, "the matrix mixes with what is read"


async def test_email_availability_requires_the_right_to_create_users(client: Client) -> None:
    text = '{ viewer { user { id } } free: emailAvailability(email: "sam@acme.example") { state } }'
    for who in ("ben@acme.example", "staff@portico.example"):
        answer = await client.answer(text, await client.session(who))
        assert codes(answer) == ["FORBIDDEN"]
        assert answer["errors"][0]["path"] == ["free"]
        assert "data" not in answer or answer["data"] is None


async def test_ninety_fields_in_one_object(client: Client) -> None:
    text = "{ users(first: 1) { nodes { " + " ".join(f"f{i}: email" for i in range(90)) + " } } }"
    (user,) = (await ask(client, "ada@acme.example", text))["users"]["nodes"]
    assert user == {f"f{i}": "ada@acme.example" for i in range(90)}


async def test_queries_may_be_as_deep_as_the_limit(client: Client) -> None:
    around = "users(first: 1) { nodes { organization { ", " } } }"
    text = "{ viewer { organization { " + around[0] * 9 + "name" + around[1] * 9 + " } } }"
    assert "ACME Corporation" in str(await ask(client, "ada@acme.example", text))
