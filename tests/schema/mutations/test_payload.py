"""Payloads of mutations: the planner reads the changed nodes, under the response keys that the client chose."""

import asyncio

import pytest

from tests.support.queries import ask
from tests.support.resolver_fixtures import activation_token
from tests.support.server import Client, codes
from tests.support.users.over_graphql import CREATE_USER, new_user, south

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_payload_follows_the_selection(client: Client) -> None:
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


async def test_all_errors_are_returned_under_the_requested_keys(client: Client) -> None:
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


async def test_an_email_in_any_case_is_unique_across_organizations(client: Client) -> None:
    ada, max_ = await client.session("ada@acme.example"), await client.session("max@globex.example")
    foreign_account = (await client.data("{ contractAccounts { nodes { id } } }", max_))["contractAccounts"]["nodes"][
        0
    ]["id"]
    details = {"firstName": "One", "lastName": "User"}
    attempts = [
        (ada, details | {"email": "Only.One@acme.example", "contractAccounts": [await south(client)]}),
        (max_, details | {"email": "only.one@ACME.example", "contractAccounts": [foreign_account]}),
    ] * 2
    answers = await asyncio.gather(*(client.data(CREATE_USER, token, input=input_) for token, input_ in attempts))
    problems = [answer["new"]["problems"] for answer in answers]
    taken = [{"c": "EMAIL_TAKEN", "at": ["input", "email"], "__typename": "MutationError"}]
    assert sorted(problems, key=len) == [[], taken, taken, taken]


async def test_each_mutation_of_an_operation_has_its_own_payload(client: Client) -> None:
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


async def test_signing_in_returns_the_viewer(client: Client) -> None:
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


async def test_activation_returns_the_user(client: Client) -> None:
    await new_user(client, "four@acme.example")
    text = """mutation ($link: String!, $password: String!) { activateUser(input: {token: $link, password: $password}) {
      user { email status contractAccounts { nodes { name } } viewerCan } errors { code path }
    } }"""
    link = await activation_token(client.backend.mutation_context, "four@acme.example")
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


async def test_a_mutation_with_an_invalid_payload_changes_nothing(client: Client) -> None:
    text = """mutation ($i: CreateUserInput!) {
      createUser(input: $i) { user { contractAccounts(first: 0) { totalCount } } }
    }"""
    input_ = {"email": "five@acme.example", "firstName": "New", "lastName": "User"}
    answer = await client.answer(text, await client.session("ada@acme.example"), i=input_)
    assert codes(answer) == ["BAD_USER_INPUT"]
    assert answer["errors"][0]["path"] == ["createUser", "user", "contractAccounts"]
    free = await ask(client, "ada@acme.example", '{ emailAvailability(email: "five@acme.example") { state } }')
    assert free["emailAvailability"]["state"] == "AVAILABLE"


async def test_introspection_and_data_in_one_operation(client: Client) -> None:
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


async def test_anonymous_callers_read_only_the_viewer_the_matrix_and_the_schema(client: Client) -> None:
    text = "{ viewer { user { id } } permissions { permission } __schema { queryType { name } } __typename }"
    nobodys = await client.data(text)
    assert nobodys["viewer"] is None
    assert len(nobodys["permissions"]) == 8
    for more in ("users { totalCount }", '__type(name: "Site") { name } users { totalCount }'):
        answer = await client.answer(f"{{ viewer {{ user {{ id }} }} {more} }}")
        assert codes(answer) == ["UNAUTHENTICATED"]
        assert answer["errors"][0]["path"] == ["users"]
