"""Reading as another user: the header `Portico-View-As`, and the mutations that start and stop it."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from schema.schema import graphql_schema
from tests.support.server import Client, codes

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("view_as")]

START = """mutation ($id: ID!, $reason: String! = "Ticket 4711") {
  startViewAs(input: {id: $id, reason: $reason}) { user { email } endsAt errors { code path } }
}"""
STOP = "mutation ($id: ID!) { stopViewAs(input: {id: $id}) { user { email } errors { code path } } }"
VIEWER = """{ viewer {
  user { email viewerCan } permissions viewerCan assignable { permissions } sessions { id }
  viewingAs { reason endsAt } organization { viewerCan }
} users { nodes { email viewerCan viewerCanViewAs } }
  services { nodes { code } } contractAccounts { nodes { name viewerCan } } }"""
VIEWABLE = "query ($id: ID!) { node(id: $id) { ... on User { viewerCanViewAs } } }"


def id_of(email: str) -> str:
    """The public id of a demo user."""
    return f"usr_{named_key(email)}"


async def read_as(client: Client, token: str | None, user: str, query: str = VIEWER) -> dict[str, Any]:
    """The answer to a query that is read as a demo user."""
    answer = await client.post({"query": query}, token, **{"Portico-View-As": id_of(user)})
    decoded: dict[str, Any] = answer.json()
    return decoded


async def start(client: Client, token: str, user: str, **variables: Any) -> dict[str, Any]:
    """The payload of `startViewAs`."""
    payload: dict[str, Any] = (await client.data(START, token, id=id_of(user), **variables))["startViewAs"]
    return payload


async def execute(client: Client, statement: str) -> None:
    """Change the database behind the server's back. `:sue` and `:sam` are the keys of these users."""
    keys = {name: named_key(f"{name}@acme.example") for name in ("sue", "sam") if f":{name}" in statement}
    async with client.backend.engine.begin() as connection:
        await connection.execute(text(statement), keys)


@pytest_asyncio.fixture(loop_scope="module")
async def ada(client: Client) -> AsyncIterator[str]:
    """A session of an admin of everything."""
    yield await client.session("ada@acme.example")
    await execute(client, "DELETE FROM sessions")


async def test_an_admin_reads_what_the_user_sees(client: Client, ada: str) -> None:
    payload = await start(client, ada, "sue@acme.example")
    assert (payload["user"], payload["errors"]) == ({"email": "sue@acme.example"}, [])
    data = (await read_as(client, ada, "sue@acme.example"))["data"]
    viewer = data["viewer"]
    assert viewer["user"] == {"email": "sue@acme.example", "viewerCan": ["VIEW"]}
    assert viewer["viewingAs"] == {"reason": "Ticket 4711", "endsAt": payload["endsAt"]}
    assert (viewer["viewerCan"], viewer["assignable"], viewer["sessions"]) == ([], None, [])
    assert viewer["organization"]["viewerCan"] == ["VIEW"]
    own = await client.data(VIEWER, await client.session("sue@acme.example"))
    assert (data["users"], data["services"]) == (own["users"], own["services"])
    assert [account["name"] for account in data["contractAccounts"]["nodes"]] == ["ACME South"]
    # Without the header, nothing has changed.
    mine = await client.data("{ viewer { user { email } viewingAs { reason } sessions { id } } }", ada)
    assert (mine["viewer"]["user"]["email"], mine["viewer"]["viewingAs"]) == ("ada@acme.example", None)
    assert mine["viewer"]["sessions"]


async def test_billing_details_are_those_that_the_user_sees(client: Client, ada: str) -> None:
    query = "{ contractAccounts { nodes { name viewerCan billing { currency } } } }"
    for user, seen in {"ben@acme.example": True, "sue@acme.example": False}.items():
        await start(client, ada, user)
        nodes = (await read_as(client, ada, user, query))["data"]["contractAccounts"]["nodes"]
        assert nodes
        assert {node["billing"] is not None for node in nodes} == {seen}
        assert all(node["viewerCan"] == ["VIEW"] for node in nodes)


async def test_the_user_finds_it_in_their_trail(client: Client, ada: str) -> None:
    ends_at = (await start(client, ada, "sue@acme.example"))["endsAt"]
    assert (await client.data(STOP, ada, id=id_of("sue@acme.example")))["stopViewAs"]["errors"] == []
    query = "{ auditEvents(first: 2) { nodes { kind subject { email } changes { field before after } } } }"
    for reader in (ada, await client.session("sue@acme.example")):
        stopped, started = (await client.data(query, reader))["auditEvents"]["nodes"]
        assert stopped == {"kind": "USER_VIEW_ENDED", "subject": {"email": "sue@acme.example"}, "changes": []}
        assert started["kind"] == "USER_VIEWED_AS"
        assert started["changes"] == [
            {"field": "endsAt", "before": None, "after": ends_at},
            {"field": "reason", "before": None, "after": "Ticket 4711"},
        ]


@pytest.mark.parametrize(
    ("admin", "user", "errors"),
    [
        ("ada@acme.example", "ada@acme.example", ["INVALID"]),
        ("ada@acme.example", "pat@acme.example", ["NOT_ACTIVATED"]),
        ("ada@acme.example", "rob@acme.example", ["ALREADY_REMOVED"]),
        ("ada@acme.example", "max@globex.example", ["NOT_FOUND"]),
        ("ada@acme.example", "staff@portico.example", ["NOT_FOUND"]),
        ("ada@acme.example", "nobody@acme.example", ["NOT_FOUND"]),
        ("sam@acme.example", "ada@acme.example", ["FORBIDDEN"]),
        ("sam@acme.example", "sue@acme.example", []),
        ("sue@acme.example", "sue@acme.example", ["FORBIDDEN"]),
        ("staff@portico.example", "sue@acme.example", ["FORBIDDEN"]),
    ],
)
async def test_who_may_view_as_whom(client: Client, admin: str, user: str, errors: list[str]) -> None:
    token = await client.session(admin)
    payload = await start(client, token, user)
    assert [error["code"] for error in payload["errors"]] == errors
    assert ("errors" in await read_as(client, token, user)) == bool(errors)
    if errors:
        assert codes(await read_as(client, token, user)) == ["VIEW_AS_ENDED"]
    seen = await client.data(VIEWABLE, token, id=id_of(user))
    assert bool(seen["node"] and seen["node"]["viewerCanViewAs"]) == (not errors)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "zero\u200bwidth"])
async def test_a_reason_must_be_given(client: Client, ada: str, reason: str) -> None:
    payload = await start(client, ada, "sue@acme.example", reason=reason)
    assert payload == {"user": None, "endsAt": None, "errors": [{"code": "INVALID", "path": ["input", "reason"]}]}


@pytest.mark.parametrize(
    "query",
    [
        'mutation { signIn(input: {email: "sue@acme.example", password: "x"}) { token } }',
        "mutation { signOut { signedOut } }",
        START.replace("$id: ID!, ", "").replace("$id", f'"{id_of("ben@acme.example")}"'),
        "{ __schema { queryType { name } } }",
        'query { passwordStrength(password: "x") { score } }',
        "{ events { endCursor } }",
        f'{{ whoCan(action: VIEW, on: "{id_of("sue@acme.example")}") {{ totalCount }} }}',
        f'{{ accessPreview(input: {{user: "{id_of("sue@acme.example")}", permissions: []}}) {{ errors {{ code }} }} }}',
    ],
)
async def test_nothing_is_done_as_another_user(client: Client, ada: str, query: str) -> None:
    await start(client, ada, "sue@acme.example")
    for token in (ada, None):
        answer = await read_as(client, token, "sue@acme.example", query)
        assert codes(answer) in (["VIEW_AS_READ_ONLY"], ["GRAPHQL_VALIDATION_FAILED"]), answer
    assert codes(answer) == ["VIEW_AS_READ_ONLY"], answer


async def test_the_refusal_has_no_name_of_the_schema_that_was_not_sent(client: Client, ada: str) -> None:
    await start(client, ada, "sue@acme.example")
    answer = await read_as(client, ada, "sue@acme.example", "mutation { signOut { signedOut } }")
    [error] = answer["errors"]
    words = set(re.findall(r"\w+", error["message"]))
    fields = {name for type_ in graphql_schema().type_map.values() for name in getattr(type_, "fields", ())}
    assert not {word for word in words & fields if re.search("[a-z][A-Z]", word)}


_GRANT = (
    "INSERT INTO user_permissions (user_id, organization_id, permission) "
    "SELECT id, organization_id, '{}' FROM users WHERE id = :{}"
)
_ACCOUNT = (
    "INSERT INTO contract_grants (user_id, organization_id, contract_account_id) SELECT :sam, organization_id, id "
    "FROM contract_accounts WHERE name = 'ACME South'"
)
ENDS = {
    "the time is over": ("UPDATE views_as SET ends_at = now()", "DELETE FROM views_as"),
    "the user is removed": (
        "UPDATE users SET removed_at = now() WHERE id = :sue",
        "UPDATE users SET removed_at = NULL WHERE id = :sue",
    ),
    "the user has more than the admin": (
        "UPDATE users SET all_delivery_accounts = true WHERE id = :sue",
        "UPDATE users SET all_delivery_accounts = false WHERE id = :sue",
    ),
    "the user got a permission": (
        _GRANT.format("BILLING_VIEW", "sue"),
        "DELETE FROM user_permissions WHERE user_id = :sue AND permission = 'BILLING_VIEW'",
    ),
    "the admin is none any more": (
        "DELETE FROM user_permissions WHERE user_id = :sam AND permission = 'USER_MANAGEMENT'",
        _GRANT.format("USER_MANAGEMENT", "sam"),
    ),
    "the admin has lost the account": ("DELETE FROM contract_grants WHERE user_id = :sam", _ACCOUNT),
}


@pytest.mark.parametrize(("change", "undo"), ENDS.values(), ids=list(ENDS))
async def test_a_view_ends_at_once(client: Client, change: str, undo: str) -> None:
    sam = await client.session("sam@acme.example")
    await start(client, sam, "sue@acme.example")
    assert "errors" not in await read_as(client, sam, "sue@acme.example")
    await execute(client, change)
    assert codes(await read_as(client, sam, "sue@acme.example")) == ["VIEW_AS_ENDED"]
    await execute(client, undo)


async def test_a_view_belongs_to_its_session(client: Client, ada: str) -> None:
    await start(client, ada, "sue@acme.example")
    other, sue = await client.session("ada@acme.example"), await client.session("sue@acme.example")
    for token in (other, sue):
        assert codes(await read_as(client, token, "sue@acme.example")) == ["VIEW_AS_ENDED"]
    assert codes(await read_as(client, None, "sue@acme.example")) == ["UNAUTHENTICATED"]
    assert codes(await read_as(client, ada, "ben@acme.example")) == ["VIEW_AS_ENDED"]
    assert "errors" not in await read_as(client, ada, "sue@acme.example")
    stopped = (await client.data(STOP, other, id=id_of("sue@acme.example")))["stopViewAs"]
    assert [error["code"] for error in stopped["errors"]] == ["NOT_FOUND"]
    await client.data("mutation { signOut { signedOut } }", ada)
    assert codes(await read_as(client, ada, "sue@acme.example")) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("value", ["", "x", "sue@acme.example", f"svc_{named_key('sue@acme.example')}"])
async def test_a_header_that_names_nobody_is_never_ignored(client: Client, ada: str, value: str) -> None:
    answer = (await client.post({"query": "{ viewer { user { email } } }"}, ada, **{"Portico-View-As": value})).json()
    assert codes(answer) == ["VIEW_AS_ENDED"]
