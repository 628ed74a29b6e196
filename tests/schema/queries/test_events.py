"""`events`: the feed over HTTP, for admins whom nothing limits and for API clients with the scope for it."""

from typing import Any

import pytest

from app.demo.fixed_ids import named_key
from models import AuditKind, Scope
from tests.support.integration.webhooks import happen
from tests.support.oauth import access_token, program
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
EVENTS = """query ($first: Int, $after: String, $since: DateTime, $kinds: [AuditKind!]) {
  feed: events(first: $first, after: $after, since: $since, kinds: $kinds) {
    events { id kind createdAt subjectId } endCursor hasNextPage
  }
}"""
IN_THE_TRAIL = "query ($id: ID!) { node(id: $id) { id ... on AuditEvent { kind createdAt subjectId } } }"


async def feed(client: Client, token: str, **variables: Any) -> Any:
    return (await client.data(EVENTS, token, **({"first": 100} | variables)))["feed"]


async def test_a_program_reads_what_happens_and_asks_for_more(client: Client) -> None:
    listener = await program(client, ADA, [Scope.BASIC_READ, Scope.EVENTS_READ])
    token = await access_token(client, listener)
    begin = (await feed(client, token, since="2999-01-01T00:00:00Z"))["endCursor"]
    await happen(client.backend.mutation_context, SUE, SUE)
    found = await feed(client, token, after=begin)
    assert [(event["kind"], event["subjectId"]) for event in found["events"]] == (
        [("USER_UPDATED", f"usr_{named_key(SUE)}")] * 2
    )
    assert found["hasNextPage"] is False
    for event in found["events"]:
        assert (await client.data(IN_THE_TRAIL, token, id=event["id"]))["node"] == event
    # The same for Ada, in a session of hers; and nothing of another kind.
    assert await feed(client, await client.session(ADA), after=begin) | {"endCursor": ""} == found | {"endCursor": ""}
    of_others = await feed(client, token, after=begin, kinds=[AuditKind.USER_REMOVED.name])
    assert of_others["events"] == []


async def test_who_may_read_it_says_so(client: Client) -> None:
    can = "{ viewer { organization { viewerCan } } }"
    for email, may in ((ADA, True), (SAM, False)):
        listed = (await client.data(can, await client.session(email)))["viewer"]["organization"]["viewerCan"]
        assert ("READ_EVENTS" in listed) is may
        answer = await client.answer(EVENTS, await client.session(email), first=1)
        assert codes(answer) == ([] if may else ["FORBIDDEN"])


async def test_an_error_names_the_field_in_the_response(client: Client) -> None:
    token = await client.session(ADA)
    for variables in (
        {"first": 101},
        {"first": 1, "after": "x"},
        {"first": 1, "after": "x", "since": "2026-01-01T00:00:00Z"},
    ):
        answer = await client.answer(EVENTS, token, **variables)
        assert [(error["extensions"]["code"], error["path"]) for error in answer["errors"]] == [("INVALID", ["feed"])]
    assert codes(await client.answer(EVENTS, None, first=1)) == ["UNAUTHENTICATED"]


async def test_a_program_without_the_scope_sees_no_events_at_all(client: Client) -> None:
    everything_else = [scope for scope in Scope if scope is not Scope.EVENTS_READ]
    token = await access_token(client, await program(client, ADA, everything_else))
    assert (await client.data("{ auditEvents { totalCount } }", token))["auditEvents"]["totalCount"] == 0
    assert codes(await client.answer(EVENTS, token, first=1)) == ["FORBIDDEN"]


async def test_what_a_program_sees_of_an_event_is_cut_to_its_scopes(client: Client) -> None:
    """Network addresses and names stand in the trail for whoever sees the user; billing details for nobody."""
    token = await access_token(client, await program(client, ADA, [Scope.BASIC_READ, Scope.EVENTS_READ]))
    trail = "{ auditEvents(first: 100) { nodes { kind changes { field before after } resources { resource } } } }"
    of_client = (await client.data(trail, token))["auditEvents"]["nodes"]
    of_owner = (await client.data(trail, await client.session(ADA)))["auditEvents"]["nodes"]
    assert of_client
    seen = {resource["resource"] for event in of_owner for resource in event["resources"]}
    assert {resource["resource"] for event in of_client for resource in event["resources"]} <= seen
