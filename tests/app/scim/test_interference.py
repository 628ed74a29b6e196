"""What the admin who made a token doesn't see leaves no trace: with a policy by which a limited admin may make one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.policy import Policy
from tests.support.integration.scim import GROUP, USER, Scim, scim_as
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import NORTH, run
from tests.support.server import Client, serving

pytestmark = [pytest.mark.invariant("scim_tokens"), pytest.mark.asyncio(loop_scope="module")]

SAM, HIDDEN = "sam@acme.example", "hidden@acme.example"
HIDDEN_ID = "usr_01990000-0000-7000-8000-000000000001"
_RULE = (
    'allow(actor: Member, "change_settings", organization: Organization) if\n    manages_whole_organization(actor) and'
)
OPENED = POLICY.read_text().replace(_RULE, _RULE.replace("manages_whole_organization", "manages_users"))
ADD_HIDDEN = """INSERT INTO users (id, organization_id, tenant_id, email, first_name, external_id)
VALUES (:id, :organization, :organization, :email, 'Hidden', 'hidden-id')"""
ENTER_HIDDEN = (
    "INSERT INTO emails (email, tenant_id, user_id) VALUES (:email, :organization, :id) ON CONFLICT DO NOTHING"
)
"""In an ordinary database, a trigger does it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A server on which every admin may set up provisioning."""
    assert POLICY.read_text() != OPENED
    policy = Policy(OPENED, POLICY.name)
    async with serving(shared_demo_database_url, tmp_path_factory.mktemp("data"), None, policy) as opened:
        yield opened


async def told(scim: Scim) -> list[Any]:
    """What the token is told about all users and groups."""
    requests = (
        "/Users?count=100",
        "/Users?count=2&startIndex=3&sortBy=userName",
        "/Users?filter=active eq true&count=0",
        '/Users?filter=userName sw "h" or externalId pr',
        "/Groups?count=100",
    )
    return [await scim.ok("GET", request) for request in requests]


async def test_a_user_out_of_sight_leaves_no_trace(client: Client) -> None:
    scim, context = await scim_as(client, SAM), client.backend.mutation_context
    before = await told(scim)
    organization = named_key(ACME)
    key = HIDDEN_ID.partition("_")[2]
    for statement in (ADD_HIDDEN, ENTER_HIDDEN):
        await run(context, statement, id=key, organization=organization, email=HIDDEN)
    await run(context, f"INSERT INTO contract_grants VALUES ('{key}', '{NORTH}', '{organization}')")
    assert await told(scim) == before
    body = {"schemas": [USER], "userName": HIDDEN}
    patch = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    nobody = "usr_01990000-0000-7000-8000-000000000009"
    for method, sent in (("GET", None), ("PUT", body), ("PATCH", patch), ("DELETE", None)):
        answers = [await scim.send(method, f"/Users/{user_id}", sent) for user_id in (HIDDEN_ID, nobody)]
        assert answers[0].status_code == 404
        assert answers[0].text == answers[1].text
    for filter_ in (f'userName eq "{HIDDEN}"', 'externalId eq "hidden-id"', f'id eq "{HIDDEN_ID}"'):
        assert (await scim.ok("GET", f"/Users?filter={filter_}"))["totalResults"] == 0
    # As by createUser: that an address or id is taken is told, and not who has it.
    taken = await scim.send("POST", "/Users", body)
    assert taken.status_code == 409
    assert "Hidden" not in taken.text
    assert key not in taken.text


async def test_a_hidden_user_is_no_member_for_the_token(client: Client) -> None:
    scim, context = await scim_as(client, SAM), client.backend.mutation_context
    group = await scim.add_group("Of Sam")
    path, key = f"/Groups/{group['id']}", HIDDEN_ID.partition("_")[2]
    before = await scim.ok("GET", path)
    sql = "UPDATE users SET template_id = :template WHERE id = :id"
    await run(context, sql, template=group["id"].partition("_")[2], id=key)
    assert await scim.ok("GET", path) == before
    body = {"schemas": [GROUP], "displayName": "Of Sam", "members": [{"value": HIDDEN_ID}]}
    ids = (HIDDEN_ID, "usr_01990000-0000-7000-8000-000000000009")
    answers = [await scim.send("PUT", path, {**body, "members": [{"value": user_id}]}) for user_id in ids]
    assert answers[0].status_code == 400
    assert answers[0].text == answers[1].text


async def test_another_organization_is_not_there(client: Client) -> None:
    scim = await scim_as(client, "max@globex.example")
    users = await scim.ok("GET", "/Users?count=100")
    assert all(user["userName"].endswith("globex.example") for user in users["Resources"])
    assert await scim.refused("GET", f"/Users/usr_{named_key(SAM)}") == (404, None)
    assert await scim.refused("DELETE", f"/Users/usr_{named_key(SAM)}") == (404, None)
    own = await scim_as(client, SAM)
    mine = {user["id"] for user in (await own.ok("GET", "/Users?count=100"))["Resources"]}
    assert mine.isdisjoint(user["id"] for user in users["Resources"])


async def test_a_user_with_more_than_the_maker_is_seen_and_not_changed(client: Client) -> None:
    scim = await scim_as(client, SAM)
    path = f"/Users/usr_{named_key('ben@acme.example')}"
    read = await scim.ok("GET", path)
    body = {"Operations": [{"op": "replace", "path": "name.givenName", "value": "Other"}]}
    assert await scim.refused("PATCH", path, body) == (403, None)
    assert await scim.refused("DELETE", path) == (403, None)
    assert await scim.ok("GET", path) == read
