"""Expiry times over GraphQL: set with a new user, read, changed, and rejected with their path."""

import pytest

from tests.support.queries import ask, emails
from tests.support.resolver_fixtures import EAST, SOUTH
from tests.support.server import Client
from tests.support.users.over_graphql import find_user

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM = "ada@acme.example", "sam@acme.example"
CARD = "permissionEnds { permission endsAt } accountEnds { account name endsAt }"
CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) {
  user { %s } errors { code path message }
} }"""
UPDATE = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
  user { %s } errors { code path }
} }"""
SPRING, SUMMER = "2100-03-01T00:00:00Z", "2100-06-01T00:00:00Z"


async def test_expiry_times_are_set_read_filtered_and_cleared(client: Client) -> None:
    accounts = [f"ca_{SOUTH}", f"ca_{EAST}"]
    input_ = {
        "email": "temp@acme.example",
        "firstName": "Tem",
        "lastName": "Porary",
        "permissions": ["SUPPORT_VIEW"],
        "contractAccounts": accounts,
        "permissionEnds": [{"permission": "SUPPORT_VIEW", "endsAt": SUMMER}],
        "accountEnds": [{"account": accounts[1], "endsAt": "2100-03-01T02:00:00+02:00"}],
    }
    payload = (await ask(client, ADA, CREATE % CARD, input=input_))["createUser"]
    card = {
        "permissionEnds": [{"permission": "SUPPORT_VIEW", "endsAt": SUMMER}],
        "accountEnds": [{"account": accounts[1], "name": "ACME East", "endsAt": SPRING}],
    }
    assert payload == {"user": card, "errors": []}

    # Sam does not see ACME East, and so not that it ends either.
    assert "temp" in await emails(client, ADA, filter={"endsBefore": SUMMER})
    assert await emails(client, SAM, filter={"endsBefore": SUMMER}) == []
    assert "temp" in await emails(client, SAM, filter={"endsBefore": "2100-06-01T00:00:01Z"})

    user = await find_user(client, ADA, "temp@acme")
    update = {"id": user["id"], "version": user["version"], "contractAccounts": accounts[:1], "permissionEnds": []}
    payload = (await ask(client, ADA, UPDATE % CARD, input=update))["updateUser"]
    assert payload == {"user": {"permissionEnds": [], "accountEnds": []}, "errors": []}


async def test_errors_have_the_path_of_the_input_field(client: Client) -> None:
    input_ = {
        "email": "wrong@acme.example",
        "firstName": "Wrong",
        "lastName": "End",
        "contractAccounts": [f"ca_{SOUTH}"],
        "permissionEnds": [{"permission": "SITES_SERVICES_VIEW", "endsAt": SPRING}],
        "accountEnds": [
            {"account": f"usr_{SOUTH}", "endsAt": SPRING},
            {"account": f"ca_{SOUTH}", "endsAt": "2001-01-01T00:00:00Z"},
        ],
    }
    payload = (await ask(client, ADA, CREATE % "id", input=input_))["createUser"]
    assert payload["user"] is None
    assert [error["path"] for error in payload["errors"]] == [
        ["input", "permissionEnds", "0", "permission"],
        ["input", "accountEnds", "0", "account"],
        ["input", "accountEnds", "1", "endsAt"],
    ]
