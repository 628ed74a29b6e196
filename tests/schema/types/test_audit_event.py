"""Audit events over GraphQL: every mutation and every denial is recorded, and events are read like other nodes."""

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.transaction.audit_log import ACCESS_DENIED_CODES
from schema.schema import graphql_schema
from tests.support.mutations.audited import Done
from tests.support.mutations.every_mutation import ADA, CASES, MAX, NEW, SAM, SUE, events, run
from tests.support.queries import ask
from tests.support.server import Client, codes

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("audit_trail")]


async def test_every_mutation_is_audited_when_it_succeeds_and_when_it_is_denied(client: Client) -> None:
    mutations = graphql_schema().mutation_type
    assert mutations is not None
    assert set(CASES) == set(mutations.fields), "add a case for the new mutation: how it succeeds, and how it is denied"
    for name, (done, refused) in CASES.items():
        if refused is not None:
            case = await refused(client)
            errors, left = await run(client, name, case)
            assert {error["code"] for error in errors} & ACCESS_DENIED_CODES, name
            [event] = left
            assert (event.kind, event.actor_id) == ("mutation.refused", named_key(str(case.who))), name
            assert event.changes == {"operation": [None, name], "errors": [None, errors]}
        errors, left = await run(client, name, await done(client))
        assert errors == [], name
        assert left, f"{name} succeeded without an audit event"
        assert all(event.request_id and event.address for event in left), name


async def test_failed_sign_ins_and_anonymous_requests_are_audited(client: Client) -> None:
    _, [event] = await run(client, "signIn", Done(None, {"email": SAM, "password": "not-this-one"}))
    assert (event.kind, event.subject_id) == ("session.refused", named_key(SAM))
    _, [event] = await run(client, "requestPasswordReset", Done(None, {"email": "nobody@acme.example"}))
    assert (event.kind, event.organization_id) == ("user.password_reset_requested", None)
    assert event.changes == {"email": [None, "nobody@acme.example"]}


async def test_validation_errors_are_not_audited(client: Client) -> None:
    errors, left = await run(client, "createUser", Done(ADA, NEW | {"email": SAM}))
    assert ([error["code"] for error in errors], left) == (["EMAIL_TAKEN"], [])


@pytest.mark.parametrize("more", ["", " __schema { queryType { name } }"])
async def test_a_denied_query_is_audited(client: Client, more: str) -> None:
    before = len(await events(client))
    query = f'{{ password: emailAvailability(email: "x@acme.example") {{ state }}{more} }}'
    answer = await client.answer(query, await client.session(SUE))
    assert codes(answer) == ["FORBIDDEN"]
    [event] = (await events(client))[before:]
    assert (event.kind, event.actor_id) == ("query.refused", named_key(SUE))
    api_client = {"code": "FORBIDDEN", "path": ["emailAvailability"]}
    assert event.changes == {"operation": [None, "emailAvailability"], "errors": [None, [api_client]]}


async def test_changes_follow_the_selection_of_the_query(client: Client) -> None:
    errors, [left] = await run(client, "removeUser", Done(SUE, MAX))
    assert [error["code"] for error in errors] == ["NOT_FOUND"]
    query = """query ($id: ID!, $no: Boolean!) { node(id: $id) { ... on AuditEvent {
      kind what: changes { __typename } changes { f: field before @skip(if: $no) value: after ...More }
    } } } fragment More on AuditChange { again: field }"""
    node = (await ask(client, ADA, query, id=f"evt_{left.id}", no=True))["node"]
    assert node["kind"] == "MUTATION_REFUSED"
    assert node["what"] == [{"__typename": "AuditChange"}] * 2
    assert node["changes"] == [
        {"f": "errors", "value": [{"code": "NOT_FOUND", "path": ["input", "id"]}], "again": "errors"},
        {"f": "operation", "value": "removeUser", "again": "operation"},
    ]


async def test_events_of_another_organization_are_invisible(client: Client) -> None:
    [event] = [event for event in await events(client) if event.kind == "mutation.refused"][:1]
    query = "query ($id: ID!) { node(id: $id) { id } auditEvents(filter: {ids: [$id]}) { totalCount } }"
    answer = await ask(client, "max@globex.example", query, id=f"evt_{event.id}")
    assert answer == {"node": None, "auditEvents": {"totalCount": 0}}


async def test_users_see_their_own_sign_ins(client: Client) -> None:
    await run(client, "signIn", Done(None, {"email": "pia@pear.example", "password": PASSWORD}))
    query = "{ viewer { user { auditEvents { nodes { kind address actor { email } } } } } }"
    user = (await ask(client, "pia@pear.example", query))["viewer"]["user"]
    mine = {"kind": "SESSION_STARTED", "address": "192.0.2.7", "actor": {"email": "pia@pear.example"}}
    assert user["auditEvents"]["nodes"] == [mine]
