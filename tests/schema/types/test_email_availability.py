"""Emails that look like that of a user: pointed out to admins who see that user, and to nobody else."""

from typing import Any

import pytest

from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

CYRILLIC_A, CYRILLIC_E, CYRILLIC_O, GREEK_OMICRON = "\u0430", "\u0435", "\u043e", "\u03bf"

LOOKUP = """query ($email: EmailAddress!) {
  emailAvailability(email: $email) { state user { email } similarUsers { totalCount nodes { email } } }
}"""


def similar(*emails: str, state: str = "AVAILABLE") -> dict[str, Any]:
    """The answer for an email that looks like those of the users with `emails`."""
    nodes = [{"email": email} for email in emails]
    return {"state": state, "user": None, "similarUsers": {"totalCount": len(nodes), "nodes": nodes}}


@pytest.mark.parametrize(
    ("email", "looks_like"),
    [
        (f"s{CYRILLIC_A}m@acme.example", "sam@acme.example"),
        (f"b{CYRILLIC_E}n@{CYRILLIC_A}cme.example", "ben@acme.example"),
        (f"n{GREEK_OMICRON}c@pear.example", "noc@pear.example"),
        ("n0c@pear.example", "noc@pear.example"),
        ("sam@acrne.example", "sam@acme.example"),
        ("sam@acme.examp1e", "sam@acme.example"),
        ("sam@xn--cme-5cd.example", "sam@acme.example"),
        ("\U0001d42c\U0001d41a\U0001d426@acme.example", "sam@acme.example"),
        ("r\u00f3b@acme.example", None),
        ("samm@acme.example", None),
        ("sam@acme.test.example", None),
    ],
)
async def test_an_email_that_looks_like_another_is_pointed_out(
    client: Client, email: str, looks_like: str | None
) -> None:
    answer = await ask(client, "ada@acme.example", LOOKUP, email=email)
    assert answer["emailAvailability"] == similar(*[looks_like] if looks_like else [])


@pytest.mark.parametrize(
    ("who", "email"),
    [
        ("ada@acme.example", f"m{CYRILLIC_A}x@globex.example"),
        ("sam@acme.example", f"ev{CYRILLIC_E}@acme.example"),
    ],
)
async def test_users_whom_the_admin_does_not_see_are_not_pointed_out(client: Client, who: str, email: str) -> None:
    answer = await ask(client, who, LOOKUP, email=email)
    nobody = await ask(client, who, LOOKUP, email="nobody-at-all@acme.example")
    assert answer == nobody
    assert answer["emailAvailability"] == similar()


async def test_the_same_email_in_full_width_is_the_same_email(client: Client) -> None:
    answer = await ask(client, "ada@acme.example", LOOKUP, email="ｓａｍ＠ａｃｍｅ．ｅｘａｍｐｌｅ")
    assert answer["emailAvailability"] == similar(state="TAKEN") | {"user": {"email": "sam@acme.example"}}


async def test_a_new_user_who_looks_like_another_is_pointed_out(client: Client) -> None:
    text = """mutation ($input: CreateUserInput!) {
      createUser(input: $input) { user { email similarUsers { nodes { email } } } errors { code } }
    }"""
    email = f"s{CYRILLIC_A}m@acme.example"
    input_ = {
        "audience": "ORGANIZATION",
        "email": email,
        "firstName": "Sam",
        "lastName": "Smith",
        "permissions": ["SITES_SERVICES_VIEW"],
        "allContractAccounts": True,
    }
    payload = (await ask(client, "ada@acme.example", text, input=input_))["createUser"]
    assert payload["user"] == {"email": email, "similarUsers": {"nodes": [{"email": "sam@acme.example"}]}}
    both = '{ users(filter: {search: "sam@acme"}) { nodes { similarUsers { nodes { email } } } } }'
    (sam,) = (await ask(client, "ada@acme.example", both))["users"]["nodes"]
    assert sam["similarUsers"] == {"nodes": [{"email": email}]}
