"""What a program gives to users, and which users it changes, over HTTP: nothing beyond its scopes."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest

from models import Permission, Scope
from tests.support.oauth import ADA, access_token, program
from tests.support.queries import ask
from tests.support.resolver_fixtures import rows
from tests.support.server import Client
from tests.support.users.over_graphql import new_user

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDINARY = [permission.name for permission in Permission if permission.name.startswith(("SITES", "SUPPORT", "ORDERS"))]
WRITERS = [(Scope.USERS_WRITE, *others) for size in range(3) for others in combinations(list(Scope)[:2], size)]
ASSIGNABLE = "{ viewer { assignable { permissions allContractAccounts allDeliveryAccounts } } }"
INVITE = """mutation ($input: InviteUsersInput!) { inviteUsers(input: $input) { errors { code path } } }"""
CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) {
  user { id version permissions } errors { code path }
} }"""
UPDATE = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) { errors { code path } } }"""
PREVIEW = """query ($input: AccessPreviewInput!) { accessPreview(input: $input) {
  after { services { totalCount } } errors { code path }
} }"""
CHANGES = {
    name: f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ errors {{ code }} }} }}"
    for name in ("updateUser", "resendActivation", "removeUser", "restoreUser")
}


async def token_with(client: Client, scopes: Iterable[Scope]) -> str:
    """A token of a new program of Ada, who may do everything in her organization."""
    return await access_token(client, await program(client, ADA, scopes))


def new_input(**access: Any) -> dict[str, Any]:
    email = f"{uuid4().hex}@acme.example"
    return {"email": email, "firstName": "New", "lastName": "User", "allContractAccounts": True} | access


async def code_of(client: Client, token: str, name: str, **input_: Any) -> str | None:
    """The code of the only error of one of `CHANGES`; None if it succeeded."""
    errors = (await client.data(CHANGES[name], token, input=input_))[name]["errors"]
    assert len(errors) <= 1
    return errors[0]["code"] if errors else None


async def errors_of(client: Client, token: str, mutation: str, **input_: Any) -> list[tuple[str, list[str]]]:
    """The codes and paths of the errors of a mutation."""
    (payload,) = (await client.data(mutation, token, input=input_)).values()
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def preview(client: Client, token: str, **input_: Any) -> list[tuple[str, list[str]]]:
    """The codes and paths of the errors of an access preview, which has a view if there are none."""
    answer = (await client.data(PREVIEW, token, input=input_))["accessPreview"]
    assert (answer["after"] is None) is bool(answer["errors"])
    return [(error["code"], error["path"]) for error in answer["errors"]]


@pytest.mark.parametrize("scopes", WRITERS, ids=" ".join)
async def test_a_program_gives_exactly_what_assignable_lists(client: Client, scopes: tuple[Scope, ...]) -> None:
    token = await token_with(client, scopes)
    listed = (await client.data(ASSIGNABLE, token))["viewer"]["assignable"]
    billing = ["BILLING_VIEW"] if Scope.BILLING_READ in scopes else []
    assert listed == {"permissions": ORDINARY + billing, "allContractAccounts": True, "allDeliveryAccounts": True}
    for permission in Permission:
        input_ = {"emails": ["new@acme.example"], "permissions": [permission.name], "allContractAccounts": True}
        payload = (await client.data(INVITE, token, input=input_ | {"dryRun": True}))["inviteUsers"]
        refused = [] if permission.name in listed["permissions"] else ["NOT_ASSIGNABLE"]
        assert [error["code"] for error in payload["errors"]] == refused, permission


async def test_a_program_makes_no_admin_neither_at_once_nor_in_two_steps(client: Client) -> None:
    token = await token_with(client, [Scope.USERS_WRITE])
    every = [permission.name for permission in Permission]
    refused = (await client.data(CREATE, token, input=new_input(permissions=every)))["createUser"]
    assert refused["user"] is None
    assert {(error["code"], *error["path"]) for error in refused["errors"]} == {
        ("NOT_ASSIGNABLE", "input", "permissions", str(every.index(name))) for name in every if name not in ORDINARY
    }
    made = (await client.data(CREATE, token, input=new_input(permissions=ORDINARY)))["createUser"]
    assert (made["user"]["permissions"], made["errors"]) == (ORDINARY, [])
    user = {"id": made["user"]["id"], "version": made["user"]["version"]}
    for permission in set(every) - set(ORDINARY):
        assert await code_of(client, token, "updateUser", **user, permissions=[permission]) == "NOT_ASSIGNABLE"


@pytest.mark.parametrize("permission", ["BILLING_VIEW", "DEVELOPER_PORTAL", "USER_MANAGEMENT"])
async def test_a_program_leaves_alone_who_has_what_it_may_not_give(client: Client, permission: str) -> None:
    token = await token_with(client, [Scope.BASIC_READ, Scope.USERS_WRITE])
    made = await new_user(client, f"{uuid4().hex}@acme.example", permissions=[permission])
    user = {"id": made["again"]["id"]}
    assert await code_of(client, token, "updateUser", **user, version=1, lastName="Other") == "FORBIDDEN"
    assert await code_of(client, token, "resendActivation", **user) == "FORBIDDEN"
    assert await code_of(client, token, "removeUser", **user) == "FORBIDDEN"
    await ask(client, ADA, CHANGES["removeUser"], input=user)
    assert await code_of(client, token, "restoreUser", **user) == "FORBIDDEN"
    await ask(client, ADA, CHANGES["restoreUser"], input=user)
    for name in CHANGES:
        more = {"version": 1} if name == "updateUser" else {}
        assert await code_of(client, token, name, **user, **more) == "FORBIDDEN"
    found = await client.data("query ($id: ID!) { node(id: $id) { ... on User { viewerCan } } }", token, **user)
    assert found["node"]["viewerCan"] == ["VIEW"]


async def test_a_program_changes_ordinary_users(client: Client) -> None:
    token = await token_with(client, [Scope.USERS_WRITE])
    user = {"id": (await new_user(client, f"{uuid4().hex}@acme.example", permissions=["SUPPORT_VIEW"]))["again"]["id"]}
    for name in ("resendActivation", "removeUser", "restoreUser"):
        assert await code_of(client, token, name, **user) is None
    version = await client.data("query ($id: ID!) { node(id: $id) { ... on User { version } } }", token, **user)
    assert await code_of(client, token, "updateUser", **user, **version["node"], permissions=["ORDERS_VIEW"]) is None
    held = "SELECT permission FROM user_permissions JOIN users ON users.id = user_id WHERE 'usr_' || user_id = :id"
    stored = await rows(client.backend.mutation_context, held, **user)
    assert {row.permission for row in stored} == {"SITES_SERVICES_VIEW", "ORDERS_VIEW"}


@pytest.mark.parametrize("scopes", [[Scope.BASIC_READ], *WRITERS], ids=" ".join)
async def test_a_program_previews_what_it_may_give_and_change(client: Client, scopes: Iterable[Scope]) -> None:
    """A preview is refused with the errors of the mutation."""
    token = await token_with(client, scopes)
    for permission in Permission:
        input_ = {"permissions": [permission.name], "allContractAccounts": True}
        previewed = await preview(client, token, **input_)
        assert previewed == await errors_of(client, token, CREATE, **new_input(**input_)), permission
    for held in ("SUPPORT_VIEW", "BILLING_VIEW", "USER_MANAGEMENT"):
        user = (await new_user(client, f"{uuid4().hex}@acme.example", permissions=[held]))["again"]["id"]
        previewed = await preview(client, token, user=user, permissions=["ORDERS_VIEW"])
        refused = await errors_of(client, token, UPDATE, id=user, version=99, permissions=["ORDERS_VIEW"])
        # Nothing is changed: the user has another version, which a preview doesn't ask for.
        assert [code for code, _ in previewed] == [code for code, _ in refused if code != "STALE"], held
