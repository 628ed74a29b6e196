"""The steps from the form of a new user to their first look around."""

import asyncio
import email
import email.policy
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.support.server import BASE_URL, SIGN_IN, Client, codes

ASSIGNABLE = """{ viewer { assignable {
  audiences permissions allContractAccounts allDeliveryAccounts
  contractAccounts { nodes { id name } }
  deliveryAccounts { nodes { id name } }
} } }"""

AVAILABILITY = "query ($email: EmailAddress!) { emailAvailability(email: $email) { state user { id } } }"

CREATE = """mutation ($input: CreateUserInput!) {
  createUser(input: $input) { user { id email status permissions } errors { code message path } }
}"""

WORLD = """{
  viewer { user { email status displayName } organization { name } permissions assignable { permissions } }
  services { totalCount nodes { code contractAccount { name } deliveryAccount { name } } }
  contractAccounts { totalCount nodes { name services { nodes { code } } } }
  deliveryAccounts { totalCount nodes { name } }
  users { totalCount nodes { email } }
}"""

PASSWORD = "violet ladder humming quietly"


async def make_user(client: Client) -> str:
    """The admin sees what may be given, checks the email, and creates a user of PEAR limited to ACME South."""
    admin = await client.sign_in("ada@acme.example")
    offered = (await client.data(ASSIGNABLE, admin))["viewer"]["assignable"]
    assert offered["allContractAccounts"] is True
    south = next(node["id"] for node in offered["contractAccounts"]["nodes"] if node["name"] == "ACME South")
    pear = next(node["id"] for node in offered["deliveryAccounts"]["nodes"] if node["name"] == "PEAR Corp")
    free = await client.data(AVAILABILITY, admin, email="nora@pear.example")
    assert free == {"emailAvailability": {"state": "AVAILABLE", "user": None}}
    details = {
        "audience": "DELIVERY",
        "email": "Nora@PEAR.example",
        "firstName": "Nora",
        "lastName": "Nilsson",
        "phone": "+46 8 465 004 12",
        "country": "SE",
        "permissions": ["SUPPORT_VIEW"],
        "contractAccounts": [south],
        "deliveryAccounts": [pear],
    }
    payload = (await client.data(CREATE, admin, input=details))["createUser"]
    assert payload["errors"] == []
    assert payload["user"] | {"id": ""} == {
        "id": "",
        "email": "nora@pear.example",
        "status": "PENDING",
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
    }
    again = await client.data(AVAILABILITY, admin, email="nora@pear.example")
    assert again == {"emailAvailability": {"state": "TAKEN", "user": {"id": payload["user"]["id"]}}}
    user_id: str = payload["user"]["id"]
    return user_id


async def mailed_link(data_dir: Path, recipient: str) -> str:
    """The link in the mail file, which appears at once."""
    async with asyncio.timeout(60):
        while True:
            for file in data_dir.glob("mail/*.eml"):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                body = mail.get_body(("plain",))
                assert body is not None
                if recipient in str(mail["To"]):
                    [link] = re.findall(r"https?://\S+", body.get_content())
                    return str(link)
            await asyncio.sleep(0.02)


async def use_link(client: Client, link: str) -> None:
    """Opening the link uses nothing up; the form does, once."""
    assert link.startswith(f"{BASE_URL}/activate?token=")
    for _ in range(3):
        page = await client.http.get(link)
        assert page.status_code == 200
        assert "nora@pear.example" in page.text
    token = parse_qs(urlsplit(link).query)["token"][0]
    form = {"token": token, "password": PASSWORD, "repeated": PASSWORD}
    done = await client.http.post("/activate", data=form, follow_redirects=True)
    assert done.status_code == 200
    assert "Your password is set" in done.text
    used = await client.http.get(link)
    assert used.status_code == 410
    refused = await client.answer(SIGN_IN, email="nora@pear.example", password="not that one at all")
    assert [error["code"] for error in refused["data"]["signIn"]["errors"]] == ["CREDENTIALS_INVALID"]


async def look_around(client: Client, user_id: str) -> None:
    """The new user sees the two services between ACME South and PEAR Corp, and nothing else."""
    token = await client.sign_in("nora@pear.example", PASSWORD)
    world = await client.data(WORLD, token)
    assert world["viewer"] == {
        "user": {"email": "nora@pear.example", "status": "ACTIVE", "displayName": "Nora Nilsson"},
        "organization": {"name": "ACME Corporation"},
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        "assignable": None,
    }
    between = {"contractAccount": {"name": "ACME South"}, "deliveryAccount": {"name": "PEAR Corp"}}
    assert world["services"] == {
        "totalCount": 2,
        "nodes": [{"code": "SVC-000001", **between}, {"code": "SVC-000002", **between}],
    }
    assert world["contractAccounts"] == {
        "totalCount": 1,
        "nodes": [{"name": "ACME South", "services": {"nodes": [{"code": "SVC-000001"}, {"code": "SVC-000002"}]}}],
    }
    assert world["deliveryAccounts"] == {"totalCount": 1, "nodes": [{"name": "PEAR Corp"}]}
    assert world["users"] == {"totalCount": 1, "nodes": [{"email": "nora@pear.example"}]}
    await sign_out(client, token, user_id)


async def sign_out(client: Client, token: str, user_id: str) -> None:
    """After the sign-out the token opens nothing, though it was known a moment ago."""
    assert (await client.data("{ viewer { user { id } } }", token))["viewer"] == {"user": {"id": user_id}}
    assert (await client.data("mutation { signOut { errors { code } } }", token))["signOut"] == {"errors": []}
    assert await client.data("{ viewer { user { id } } }", token) == {"viewer": None}
    assert codes(await client.answer("{ services { totalCount } }", token)) == ["UNAUTHENTICATED"]
