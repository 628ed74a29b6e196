"""The lifecycle of users over GraphQL: payloads, ids that reveal nothing, and removal that takes effect immediately."""

from typing import Any

import pytest

from tests.support.queries import ask
from tests.support.resolver_fixtures import activation_token
from tests.support.server import Client, codes
from tests.support.users.over_graphql import USERS, find_user, new_user

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada@acme.example"
UPDATE = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
  user { displayName phone permissions version contractAccounts { nodes { name } } } errors { code path }
} }"""
BY_ID = """mutation ($id: ID!) { %s(input: {id: $id}) {
  user { status activation { mail } viewerCan } errors { code path }
} }"""
NO_USER = {"user": None, "errors": [{"code": "NOT_FOUND", "path": ["input", "id"]}]}
PASSWORD = "seven blue kettles sing"


async def do(client: Client, mutation: str, id_: str, who: str = ADA) -> dict[str, Any]:
    return (await ask(client, who, BY_ID % mutation, id=id_))[mutation]  # type: ignore[no-any-return]


async def test_omitted_fields_stay_and_null_clears(client: Client) -> None:
    await new_user(client, "change@acme.example", permissions=["SUPPORT_VIEW"], phone="+31201234567")
    user = await find_user(client, ADA, "change@acme")
    input_ = {"id": user["id"], "version": user["version"], "firstName": "Other", "phone": None}
    payload = (await ask(client, ADA, UPDATE, input=input_))["updateUser"]
    assert payload["errors"] == []
    assert payload["user"].pop("version") > user["version"]
    assert payload["user"] == {
        "displayName": "Other User",
        "phone": None,
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        "contractAccounts": {"nodes": [{"name": "ACME South"}]},
    }
    again = (await ask(client, ADA, UPDATE, input=input_ | {"kind": None}))["updateUser"]
    assert again == {"user": None, "errors": [{"code": "STALE", "path": ["input", "version"]}]}
    fresh = {"id": user["id"], "version": (await find_user(client, ADA, "change@acme"))["version"]}
    wrong = fresh | {"kind": None, "contractAccounts": [user["id"]], "permissions": []}
    assert (await ask(client, ADA, UPDATE, input=wrong))["updateUser"]["errors"] == [
        {"code": "INVALID", "path": ["input", "kind"]},
        {"code": "NOT_ASSIGNABLE", "path": ["input", "contractAccounts", "0"]},
    ]


async def test_a_user_is_removed_and_restored(client: Client) -> None:
    await new_user(client, "life@acme.example")
    id_ = (await find_user(client, ADA, "life@acme"))["id"]
    activate = """mutation ($link: String!, $password: String!) {
      activateUser(input: {token: $link, password: $password}) { errors { code } }
    }"""
    link = await activation_token(client.backend.mutation_context, "life@acme.example")
    assert (await client.data(activate, link=link, password=PASSWORD))["activateUser"]["errors"] == []
    token = await client.sign_in("life@acme.example", PASSWORD)
    assert (await client.data("{ services { totalCount } }", token))["services"] == {"totalCount": 3}
    assert await do(client, "removeUser", id_) == {
        "user": {"status": "REMOVED", "activation": {"mail": "FAILED"}, "viewerCan": ["VIEW", "RESTORE"]},
        "errors": [],
    }
    assert codes(await client.answer("{ services { totalCount } }", token)) == ["UNAUTHENTICATED"]
    assert await do(client, "restoreUser", id_) == {
        "user": {
            "status": "PENDING",
            "activation": {"mail": "QUEUED"},
            "viewerCan": ["VIEW", "UPDATE", "RESEND_ACTIVATION", "REMOVE"],
        },
        "errors": [],
    }
    assert codes(await client.answer("{ services { totalCount } }", token)) == ["UNAUTHENTICATED"]
    assert (await do(client, "resendActivation", id_))["errors"] == []
    assert (await client.data(activate, link=link, password=PASSWORD))["activateUser"]["errors"] != []


async def test_users_who_remove_themselves_lose_all_access(client: Client) -> None:
    id_ = (await find_user(client, ADA, "sam@acme"))["id"]
    token = await client.session("sam@acme.example")
    removed = (await client.data(BY_ID % "removeUser", token, id=id_))["removeUser"]
    assert removed == {"user": None, "errors": []}
    assert codes(await client.answer("{ services { totalCount } }", token)) == ["UNAUTHENTICATED"]
    assert (await find_user(client, ADA, "sam@acme"))["status"] == "REMOVED"


async def test_a_limited_admin_sees_part_of_a_wider_user_and_cannot_change_them(client: Client) -> None:
    wide = [node["id"] for node in (await ask(client, ADA, "{ contractAccounts { nodes { id } } }"))
            ["contractAccounts"]["nodes"]]  # fmt: skip
    await new_user(client, "wide@acme.example", contractAccounts=wide)
    await new_user(client, "limited@acme.example", permissions=["USER_MANAGEMENT"])
    link = await activation_token(client.backend.mutation_context, "limited@acme.example")
    activate = (
        "mutation ($link: String!, $p: String!) { activateUser(input: {token: $link, password: $p}) { user { id } } }"
    )
    await client.data(activate, link=link, p=PASSWORD)
    token = await client.sign_in("limited@acme.example", PASSWORD)
    (user,) = (await client.data(USERS, token, name="wide@acme"))["users"]["nodes"]
    assert user["contractAccounts"] == {"nodes": [{"name": "ACME South"}]}
    forbidden = {"user": None, "errors": [{"code": "FORBIDDEN", "path": ["input", "id"]}]}
    input_ = {"id": user["id"], "version": user["version"], "contractAccounts": []}
    assert (await client.data(UPDATE, token, input=input_))["updateUser"] == forbidden
    for mutation in ("resendActivation", "removeUser", "restoreUser"):
        assert (await client.data(BY_ID % mutation, token, id=user["id"]))[mutation] == forbidden


@pytest.mark.parametrize("mutation", ["resendActivation", "removeUser", "restoreUser", "updateUser"])
async def test_foreign_unknown_and_mistyped_ids_give_the_same_error(client: Client, mutation: str) -> None:
    max_ = (await ask(client, "max@globex.example", "{ viewer { user { id } } }"))["viewer"]["user"]["id"]
    nobody = "usr_0190163d-8694-739b-aea5-966c26f8ad91"
    for id_ in (max_, nobody, nobody.replace("usr_", "ca_"), nobody.replace("usr_", "zz_")):
        if mutation == "updateUser":
            assert (await ask(client, ADA, UPDATE, input={"id": id_, "version": 1}))[mutation] == NO_USER
        else:
            assert await do(client, mutation, id_) == NO_USER
