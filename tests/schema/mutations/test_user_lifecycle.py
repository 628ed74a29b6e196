"""The life of a user through the API: what payloads show, that ids tell nothing, that a removed user is out at once."""

from typing import Any

import pytest

from tests.schema.mutations.test_payload import new_user
from tests.support.queries import ask
from tests.support.resolver_fixtures import activation_token
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada@acme.example"
UPDATE = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
  user { displayName phone permissions version contractAccounts { nodes { name } } } errors { code path }
} }"""
BY_ID = """mutation ($id: ID!) { %s(input: {id: $id}) {
  user { status activation { mail } viewerCan } errors { code path }
} }"""
USERS = """query ($name: String!) { users(filter: {search: $name}) { nodes {
  id version status contractAccounts { nodes { name } }
} } }"""
NO_USER = {"user": None, "errors": [{"code": "NOT_FOUND", "path": ["input", "id"]}]}
PASSWORD = "seven blue kettles sing"


async def found(client: Client, who: str, text: str) -> dict[str, Any]:
    """The user whose name or email has `text`, as `who` sees them."""
    (user,) = (await ask(client, who, USERS, name=text))["users"]["nodes"]
    return user  # type: ignore[no-any-return]


async def do(client: Client, mutation: str, id_: str, who: str = ADA) -> dict[str, Any]:
    return (await ask(client, who, BY_ID % mutation, id=id_))[mutation]  # type: ignore[no-any-return]


async def test_what_is_left_out_stays_and_null_clears(client: Client) -> None:
    await new_user(client, "change@acme.example", permissions=["SUPPORT_VIEW"], phone="+31201234567")
    user = await found(client, ADA, "change@acme")
    given = {"id": user["id"], "version": user["version"], "firstName": "Other", "phone": None}
    payload = (await ask(client, ADA, UPDATE, input=given))["updateUser"]
    assert payload["errors"] == []
    assert payload["user"].pop("version") > user["version"]
    assert payload["user"] == {
        "displayName": "Other User",
        "phone": None,
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        "contractAccounts": {"nodes": [{"name": "ACME South"}]},
    }
    again = (await ask(client, ADA, UPDATE, input=given | {"kind": None}))["updateUser"]
    assert again == {"user": None, "errors": [{"code": "STALE", "path": ["input", "version"]}]}
    fresh = {"id": user["id"], "version": (await found(client, ADA, "change@acme"))["version"]}
    wrong = fresh | {"kind": None, "contractAccounts": [user["id"]], "permissions": []}
    assert (await ask(client, ADA, UPDATE, input=wrong))["updateUser"]["errors"] == [
        {"code": "INVALID", "path": ["input", "kind"]},
        {"code": "NOT_ASSIGNABLE", "path": ["input", "contractAccounts", "0"]},
    ]


async def test_a_life_from_removal_to_a_new_beginning(client: Client) -> None:
    await new_user(client, "life@acme.example")
    id_ = (await found(client, ADA, "life@acme"))["id"]
    activate = """mutation ($link: String!, $password: String!) {
      activateUser(input: {token: $link, password: $password}) { errors { code } }
    }"""
    link = await activation_token(client.backend.writing, "life@acme.example")
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


async def test_who_removes_themselves_sees_nothing_any_more(client: Client) -> None:
    id_ = (await found(client, ADA, "sam@acme"))["id"]
    token = await client.session("sam@acme.example")
    gone = (await client.data(BY_ID % "removeUser", token, id=id_))["removeUser"]
    assert gone == {"user": None, "errors": []}
    assert codes(await client.answer("{ services { totalCount } }", token)) == ["UNAUTHENTICATED"]
    assert (await found(client, ADA, "sam@acme"))["status"] == "REMOVED"


async def test_a_limited_admin_sees_a_wider_user_in_part_and_can_t_change_them(client: Client) -> None:
    wide = [node["id"] for node in (await ask(client, ADA, "{ contractAccounts { nodes { id } } }"))
            ["contractAccounts"]["nodes"]]  # fmt: skip
    await new_user(client, "wide@acme.example", contractAccounts=wide)
    await new_user(client, "limited@acme.example", permissions=["USER_MANAGEMENT"])
    link = await activation_token(client.backend.writing, "limited@acme.example")
    activate = (
        "mutation ($link: String!, $p: String!) { activateUser(input: {token: $link, password: $p}) { user { id } } }"
    )
    await client.data(activate, link=link, p=PASSWORD)
    token = await client.sign_in("limited@acme.example", PASSWORD)
    (user,) = (await client.data(USERS, token, name="wide@acme"))["users"]["nodes"]
    assert user["contractAccounts"] == {"nodes": [{"name": "ACME South"}]}
    forbidden = {"user": None, "errors": [{"code": "FORBIDDEN", "path": ["input", "id"]}]}
    given = {"id": user["id"], "version": user["version"], "contractAccounts": []}
    assert (await client.data(UPDATE, token, input=given))["updateUser"] == forbidden
    for mutation in ("resendActivation", "removeUser", "restoreUser"):
        assert (await client.data(BY_ID % mutation, token, id=user["id"]))[mutation] == forbidden


@pytest.mark.parametrize("mutation", ["resendActivation", "removeUser", "restoreUser", "updateUser"])
async def test_ids_of_others_of_nobody_and_of_other_types_answer_alike(client: Client, mutation: str) -> None:
    max_ = (await ask(client, "max@globex.example", "{ viewer { user { id } } }"))["viewer"]["user"]["id"]
    nobody = "usr_0190163d-8694-739b-aea5-966c26f8ad91"
    for id_ in (max_, nobody, nobody.replace("usr_", "ca_"), nobody.replace("usr_", "zz_")):
        if mutation == "updateUser":
            assert (await ask(client, ADA, UPDATE, input={"id": id_, "version": 1}))[mutation] == NO_USER
        else:
            assert await do(client, mutation, id_) == NO_USER
