"""`inviteUsers` over GraphQL, and the details that invited users enter when they activate."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest

from tests.support.paths import DOCS
from tests.support.queries import ask
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, SOUTH, activation_token
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

INVITE = """mutation ($input: InviteUsersInput!) { inviteUsers(input: $input) {
  results {
    email state user { email displayName status contractAccounts(first: 5) { nodes { name } } } errors { code path }
  }
  invited refused
  errors { code path }
} }"""

ACTIVATE = """mutation ($input: ActivateUserInput!) { activateUser(input: $input) {
  user { kind firstName lastName displayName phone country status } errors { code path }
} }"""


ERRORS = DOCS / "errors.md"


async def invite(client: Client, who: str, *emails: str, **changes: Any) -> Any:
    access = {"contractAccounts": [f"ca_{SOUTH}"]} | changes
    return (await ask(client, who, INVITE, input={"emails": emails} | access))["inviteUsers"]


async def test_each_result_has_its_user_under_any_response_key(client: Client) -> None:
    text = """mutation ($input: InviteUsersInput!) { done: inviteUsers(input: $input) {
      one: results { e: email who: user { ...Who } again: user { id } __typename }
      two: results { user { status activation { mail } viewerCan } }
      bare: results { state }
    } }
    fragment Who on User { mail: email permissions }"""
    emails = ["Zoe@keys.example", "ada@acme.example", "abe@keys.example"]
    input_ = {"emails": emails, "mode": "AS_MANY_AS_POSSIBLE", "permissions": ["SUPPORT_VIEW"]}
    done = (await ask(client, "ada@acme.example", text, input=input_))["done"]
    permissions = ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"]
    assert [row["who"] for row in done["one"]] == [
        {"mail": "zoe@keys.example", "permissions": permissions},
        None,
        {"mail": "abe@keys.example", "permissions": permissions},
    ]
    assert [row["e"] for row in done["one"]] == [email.lower() for email in emails]
    ids = [row["again"] and row["again"]["id"] for row in done["one"]]
    assert ids[1] is None
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { email } } }"
    read = await ask(client, "ada@acme.example", nodes, ids=[ids[0], ids[2]])
    assert [node["email"] for node in read["nodes"]] == ["zoe@keys.example", "abe@keys.example"]
    pending = {"status": "PENDING", "activation": {"mail": "QUEUED"}}
    can = {"viewerCan": ["VIEW", "UPDATE", "RESEND_ACTIVATION", "REMOVE"]}
    assert [row["user"] for row in done["two"]] == [pending | can, None, pending | can]
    assert [row["state"] for row in done["bare"]] == ["INVITED", "REFUSED", "INVITED"]


async def test_a_dry_run_then_all_or_nothing_then_as_many_as_possible(client: Client) -> None:
    emails = ("one@three.example", "ONE@three.example", "max@globex.example", "two@three.example")
    refused = [
        {"code": "DUPLICATE", "path": ["input", "emails", "1"]},
        {"code": "EMAIL_TAKEN", "path": ["input", "emails", "2"]},
    ]
    for dry_run in (True, False):
        none = await invite(client, "sam@acme.example", *emails, dryRun=dry_run)
        states = [row["state"] for row in none["results"]]
        assert states == ["NOT_INVITED", "REFUSED", "REFUSED", "NOT_INVITED"]
        assert (none["invited"], none["refused"], none["errors"]) == (0, 2, refused)
    many: dict[str, Any] = {"mode": "AS_MANY_AS_POSSIBLE"}
    would = await invite(client, "sam@acme.example", *emails, **many, dryRun=True)
    done = await invite(client, "sam@acme.example", *emails, **many)
    for payload, state in ((would, "WOULD_BE_INVITED"), (done, "INVITED")):
        assert [row["state"] for row in payload["results"]] == [state, "REFUSED", "REFUSED", state]
        assert [error for row in payload["results"] for error in row["errors"]] == refused
        assert (payload["invited"], payload["refused"], payload["errors"]) == (2, 2, [])
    assert all(row["user"] is None for row in would["results"])
    assert done["results"][3]["user"] == {
        "email": "two@three.example",
        "displayName": "two@three.example",
        "status": "PENDING",
        "contractAccounts": {"nodes": [{"name": "ACME South"}]},
    }


@pytest.mark.parametrize(
    ("who", "emails", "error"),
    [
        ("ben@acme.example", ["ada@acme.example"], {"code": "FORBIDDEN", "path": ["input"]}),
        ("ada@acme.example", [], {"code": "INVALID", "path": ["input", "emails"]}),
        (
            "ada@acme.example",
            [f"n{number}@many.example" for number in range(501)],
            {"code": "INVALID", "path": ["input", "emails"]},
        ),
    ],
)
async def test_there_are_no_results_if_emails_are_not_checked(
    client: Client, who: str, emails: list[str], error: dict[str, Any]
) -> None:
    payload = await invite(client, who, *emails)
    assert payload == {"results": [], "invited": 0, "refused": 0, "errors": [error]}


LONG = "a" * 300
MALFORMED = ("fay@bad.example", "No Email", "a\nb@bad.example", LONG, "gus@bad.example")
OF_MALFORMED = [{"code": "INVALID", "path": ["input", "emails", str(place)]} for place in (1, 2, 3)]
GIVEN = ["fay@bad.example", "No Email", "a\nb@bad.example", LONG[:254], "gus@bad.example"]


async def test_a_malformed_email_is_refused_in_its_own_result(client: Client) -> None:
    for dry_run in (True, False):
        none = await invite(client, "ada@acme.example", *MALFORMED, dryRun=dry_run)
        assert [row["state"] for row in none["results"]] == ["NOT_INVITED", *["REFUSED"] * 3, "NOT_INVITED"]
        assert (none["invited"], none["refused"], none["errors"]) == (0, 3, OF_MALFORMED)
    for dry_run, state in ((True, "WOULD_BE_INVITED"), (False, "INVITED")):
        many = await invite(client, "ada@acme.example", *MALFORMED, dryRun=dry_run, mode="AS_MANY_AS_POSSIBLE")
        assert [row["state"] for row in many["results"]] == [state, *["REFUSED"] * 3, state]
        assert [row["email"] for row in many["results"]] == GIVEN
        assert [error for row in many["results"] for error in row["errors"]] == OF_MALFORMED
        assert (many["invited"], many["refused"], many["errors"]) == (2, 3, [])


@pytest.mark.parametrize("emails", ['["hal@bad.example", "no email", "ada@acme.example", 5]', '"no email"'])
async def test_a_malformed_email_in_the_document_is_refused_likewise(client: Client, emails: str) -> None:
    text = f"""mutation {{ inviteUsers(input: {{emails: {emails}, allContractAccounts: true, dryRun: true,
      mode: AS_MANY_AS_POSSIBLE}}) {{ results {{ email state errors {{ code path }} }} errors {{ code }} }} }}"""
    done = (await ask(client, "ada@acme.example", text))["inviteUsers"]
    states = {row["email"]: row["state"] for row in done["results"]}
    expected = {
        "hal@bad.example": "WOULD_BE_INVITED",
        "no email": "REFUSED",
        "ada@acme.example": "REFUSED",
        "": "REFUSED",
    }
    assert states == {email: state for email, state in expected.items() if email in states}
    assert "no email" in states
    assert done["errors"] == []


async def test_emails_are_checked_beside_another_malformed_value(client: Client) -> None:
    emails = ["kim@bad.example", *["no email"] * 498, "ada@acme.example"]
    payload = await invite(client, "ada@acme.example", *emails, contractAccounts=["x"], mode="AS_MANY_AS_POSSIBLE")
    assert [row["state"] for row in payload["results"]] == ["NOT_INVITED", *["REFUSED"] * 499]
    assert (payload["invited"], payload["refused"]) == (0, 499)
    assert payload["errors"] == [{"code": "INVALID", "path": ["input", "contractAccounts", "0"]}]
    free = await ask(client, "ada@acme.example", '{ emailAvailability(email: "kim@bad.example") { state } }')
    assert free["emailAvailability"]["state"] == "AVAILABLE"


async def test_a_caller_who_may_not_invite_learns_nothing_about_malformed_emails(client: Client) -> None:
    payload = await invite(client, "ben@acme.example", "no email")
    assert payload == {"results": [], "invited": 0, "refused": 0, "errors": [{"code": "FORBIDDEN", "path": ["input"]}]}


async def test_another_organizations_account_is_reported_like_a_missing_one(client: Client) -> None:
    answers = [
        await invite(client, "sam@acme.example", "one@border.example", contractAccounts=[f"ca_{SOUTH}", f"ca_{key}"])
        for key in (GLOBEX_CONTRACT, EAST, uuid4())
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["errors"] == [{"code": "NOT_ASSIGNABLE", "path": ["input", "contractAccounts", "1"]}]


async def test_pages_in_results_have_the_usual_limits(client: Client) -> None:
    inner = "contractAccounts(first: 100) { nodes { services(first: 100) { nodes { contractAccount { users(first: 100) "
    text = f"""mutation ($input: InviteUsersInput!) {{ inviteUsers(input: $input) {{
      results {{ user {{ {inner} {{ nodes {{ id }} }} }} }} }} }} }} }} }}
    }} }}"""
    answer = await client.answer(
        text, await client.session("ada@acme.example"), input={"emails": ["one@pages.example"]}
    )
    assert codes(answer) == ["COST_EXCEEDED"]
    free = await ask(client, "ada@acme.example", '{ emailAvailability(email: "one@pages.example") { state } }')
    assert free["emailAvailability"]["state"] == "AVAILABLE"


async def test_invited_users_enter_their_details(client: Client) -> None:
    await invite(client, "ada@acme.example", "ivy@tell.example")
    token = await activation_token(client.backend.mutation_context, "ivy@tell.example")
    link = {"token": token, "password": "seven blue kettles sing"}
    without = (await client.data(ACTIVATE, input=link))["activateUser"]
    assert without["user"] is None
    assert without["errors"] == [
        {"code": "INVALID", "path": ["input", "firstName"]},
        {"code": "INVALID", "path": ["input", "lastName"]},
    ]
    details = {"kind": "PERSONAL", "firstName": "Ivy", "lastName": "Ito", "phone": "+31 20 123 4567", "country": "nl"}
    done = (await client.data(ACTIVATE, input=link | details))["activateUser"]
    assert done == {
        "user": details | {"displayName": "Ivy Ito", "phone": "+31201234567", "country": "NL", "status": "ACTIVE"},
        "errors": [],
    }


async def test_the_example_in_the_docs_is_correct(client: Client) -> None:
    document = ERRORS.read_text()
    [(text, answer)] = re.findall(
        r"```graphql\n(mutation \{\n  inviteUsers.*?)```\n\n```json\n(.*?)```", document, re.DOTALL
    )
    assert await ask(client, "ada@acme.example", text) == json.loads(answer)
