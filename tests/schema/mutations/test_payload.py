"""Payloads of mutations: what was changed is read by the planner, under the keys that the client chose."""

import asyncio
from typing import Any

import pytest

from tests.support.queries import ask
from tests.support.resolver_fixtures import activation_token
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATE = """mutation ($input: CreateUserInput!) { new: createUser(input: $input) {
  who: user {
    __typename mail: email status activation { mail } contractAccounts { nodes { name } totalCount } viewerCan
  }
  again: user { id }
  problems: errors { c: code at: path __typename }
} }"""


async def south(client: Client) -> str:
    """The id of ACME South."""
    text = '{ contractAccounts(filter: {search: "south"}) { nodes { id } } }'
    (account,) = (await ask(client, "ada@acme.example", text))["contractAccounts"]["nodes"]
    id_: str = account["id"]
    return id_


async def new_user(client: Client, email: str, **given: Any) -> dict[str, Any]:
    details = {"email": email, "firstName": "New", "lastName": "User", "contractAccounts": [await south(client)]}
    return (await ask(client, "ada@acme.example", CREATE, input=details | given))["new"]  # type: ignore[no-any-return]


async def test_what_was_created_is_shown_as_asked(client: Client) -> None:
    payload = await new_user(
        client, "One@acme.example", permissions=["SUPPORT_VIEW"], phone="+31 20 123 4567", country="nl"
    )
    assert payload["again"]["id"].startswith("usr_")
    assert payload["problems"] == []
    assert payload["who"] == {
        "__typename": "User",
        "mail": "one@acme.example",
        "status": "PENDING",
        "activation": {"mail": "QUEUED"},
        "contractAccounts": {"nodes": [{"name": "ACME South"}], "totalCount": 1},
        "viewerCan": ["VIEW", "UPDATE", "RESEND_ACTIVATION", "REMOVE"],
    }
    text = "query ($id: ID!) { node(id: $id) { ... on User { email phone country permissions } } }"
    assert (await ask(client, "ada@acme.example", text, id=payload["again"]["id"]))["node"] == {
        "email": "one@acme.example",
        "phone": "+31201234567",
        "country": "NL",
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
    }


async def test_all_that_is_wrong_comes_under_the_keys_of_the_client(client: Client) -> None:
    account = await south(client)
    payload = await new_user(
        client, "ada@acme.example", firstName=" ", contractAccounts=[account, account.replace("ca_", "da_")]
    )
    assert (payload["who"], payload["again"]) == (None, None)
    assert {(problem["c"], *problem["at"], problem["__typename"]) for problem in payload["problems"]} == {
        ("INVALID", "input", "firstName", "MutationError"),
        ("EMAIL_TAKEN", "input", "email", "MutationError"),
        ("NOT_ASSIGNABLE", "input", "contractAccounts", "1", "MutationError"),
    }


async def test_one_email_in_any_case_goes_to_one_organization(client: Client) -> None:
    ada, max_ = await client.session("ada@acme.example"), await client.session("max@globex.example")
    theirs = (await client.data("{ contractAccounts { nodes { id } } }", max_))["contractAccounts"]["nodes"][0]["id"]
    details = {"firstName": "One", "lastName": "User"}
    tries = [
        (ada, details | {"email": "Only.One@acme.example", "contractAccounts": [await south(client)]}),
        (max_, details | {"email": "only.one@ACME.example", "contractAccounts": [theirs]}),
    ] * 2
    answers = await asyncio.gather(*(client.data(CREATE, token, input=given) for token, given in tries))
    problems = [answer["new"]["problems"] for answer in answers]
    taken = [{"c": "EMAIL_TAKEN", "at": ["input", "email"], "__typename": "MutationError"}]
    assert sorted(problems, key=len) == [[], taken, taken, taken]


async def test_several_mutations_each_have_their_own_payload(client: Client) -> None:
    text = """mutation ($a: CreateUserInput!, $b: CreateUserInput!) {
      a: createUser(input: $a) { user { email } errors { code } }
      b: createUser(input: $b) { user { email lastName } errors { code } }
      __typename
    }"""
    inputs = [{"email": "two@acme.example", "firstName": "New", "lastName": name} for name in ("Two", "Three")]
    assert await ask(client, "ada@acme.example", text, a=inputs[0], b=inputs[1]) == {
        "a": {"user": {"email": "two@acme.example"}, "errors": []},
        "b": {"user": None, "errors": [{"code": "EMAIL_TAKEN"}]},
        "__typename": "Mutation",
    }


async def test_signing_in_shows_who_is_signed_in(client: Client) -> None:
    text = """mutation ($password: String!) { signIn(input: {email: "SAM@acme.example", password: $password}) {
      token expiresAt
      viewer { user { email } permissions assignable { contractAccounts { nodes { name } } } }
      errors { code path }
    } }"""
    payload = (await client.data(text, password="portico-demo"))["signIn"]
    assert payload["viewer"] == {
        "user": {"email": "sam@acme.example"},
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "USER_MANAGEMENT"],
        "assignable": {"contractAccounts": {"nodes": [{"name": "ACME South"}]}},
    }
    assert payload["expiresAt"].endswith("Z")
    assert (await client.data("{ viewer { user { email } } }", payload["token"]))["viewer"]["user"] == payload[
        "viewer"
    ]["user"]
    refused = (await client.data(text, password="wrong"))["signIn"]
    assert refused == {
        "token": None,
        "expiresAt": None,
        "viewer": None,
        "errors": [{"code": "CREDENTIALS_INVALID", "path": ["input"]}],
    }


async def test_signing_out_ends_the_session(client: Client) -> None:
    token = await client.session("sue@acme.example")
    text = "mutation { signOut { signedOut errors { code } } }"
    assert (await client.data(text, token))["signOut"] == {"signedOut": True, "errors": []}
    assert (await client.data("{ viewer { user { id } } }", token))["viewer"] is None
    assert (await client.data(text, token))["signOut"] == {"signedOut": False, "errors": [{"code": "UNAUTHENTICATED"}]}


async def test_who_activates_sees_themselves(client: Client) -> None:
    await new_user(client, "four@acme.example")
    text = """mutation ($link: String!, $password: String!) { activateUser(input: {token: $link, password: $password}) {
      user { email status contractAccounts { nodes { name } } viewerCan } errors { code path }
    } }"""
    link = await activation_token(client.backend.writing, "four@acme.example")
    weak = (await client.data(text, link=link, password="1234"))["activateUser"]
    assert weak == {"user": None, "errors": [{"code": "PASSWORD_TOO_WEAK", "path": ["input", "password"]}]}
    done = (await client.data(text, link=link, password="seven blue kettles sing"))["activateUser"]
    assert done == {
        "user": {
            "email": "four@acme.example",
            "status": "ACTIVE",
            "contractAccounts": {"nodes": [{"name": "ACME South"}]},
            "viewerCan": ["VIEW"],
        },
        "errors": [],
    }
    again = (await client.data(text, link=link, password="seven blue kettles sing"))["activateUser"]
    assert again == {"user": None, "errors": [{"code": "TOKEN_INVALID", "path": ["input", "token"]}]}


async def test_a_mutation_with_a_bad_payload_changes_nothing(client: Client) -> None:
    text = """mutation ($i: CreateUserInput!) {
      createUser(input: $i) { user { contractAccounts(first: 0) { totalCount } } }
    }"""
    given = {"email": "five@acme.example", "firstName": "New", "lastName": "User"}
    answer = await client.answer(text, await client.session("ada@acme.example"), i=given)
    assert codes(answer) == ["BAD_USER_INPUT"]
    assert answer["errors"][0]["path"] == ["createUser", "user", "contractAccounts"]
    free = await ask(client, "ada@acme.example", '{ emailAvailability(email: "five@acme.example") { state } }')
    assert free["emailAvailability"]["state"] == "AVAILABLE"


async def test_introspection_mixes_with_data(client: Client) -> None:
    text = """{
      z: __typename __type(name: "Site") { fields { name } } viewer { user { email } } __schema { queryType { name } }
    }"""
    answer = await ask(client, "sue@acme.example", text)
    assert list(answer.items()) == [
        ("z", "Query"),
        ("__type", {"fields": [{"name": "city"}, {"name": "country"}]}),
        ("viewer", {"user": {"email": "sue@acme.example"}}),
        ("__schema", {"queryType": {"name": "Query"}}),
    ]


async def test_nobody_reads_the_viewer_the_matrix_and_the_schema_and_no_more(client: Client) -> None:
    text = "{ viewer { user { id } } permissions { permission } __schema { queryType { name } } __typename }"
    nobodys = await client.data(text)
    assert nobodys["viewer"] is None
    assert len(nobodys["permissions"]) == 8
    for more in ("users { totalCount }", '__type(name: "Site") { name } users { totalCount }'):
        answer = await client.answer(f"{{ viewer {{ user {{ id }} }} {more} }}")
        assert codes(answer) == ["UNAUTHENTICATED"]
        assert answer["errors"][0]["path"] == ["users"]
