"""SCIM tokens: an admin makes them, they are shown once, and they are as much as their maker may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.integration.scim import ADA, CREATE_TOKEN, REVOKE_TOKEN, Scim, new_name, scim_as
from tests.support.resolver_fixtures import rows, run
from tests.support.server import Client

pytestmark = [pytest.mark.invariant("scim_tokens"), pytest.mark.asyncio(loop_scope="module")]

SAM, BEN, STAFF, MAX = "sam@acme.example", "ben@acme.example", "staff@portico.example", "max@globex.example"
LIST = "{ viewer { organization { provisioning { scimTokens { tokenId name valid lastUsedAt } } } } }"


async def create(client: Client, who: str, name: str = "Okta", days: int = 30) -> dict[str, Any]:
    created: dict[str, Any] = (await client.data(CREATE_TOKEN, await client.session(who), name=name, days=days))[
        "createScimToken"
    ]
    return created


async def test_a_token_is_shown_once_and_stored_as_a_hash(client: Client) -> None:
    scim = await scim_as(client, name="  Entra  ")
    [row] = await rows(client.backend.mutation_context, "SELECT * FROM scim_tokens WHERE name = 'Entra'")
    assert scim.token.startswith("scim_")
    assert scim.token not in str(row._asdict())
    assert row.hint == scim.token[-4:]
    assert timedelta(days=29) < row.expires_at - datetime.now(UTC) < timedelta(days=31)
    everything = await client.data(LIST, await client.session(ADA))
    assert scim.token not in str(everything)


async def test_only_who_may_change_the_settings_makes_and_sees_tokens(client: Client) -> None:
    made = await scim_as(client)
    for who in (SAM, BEN, STAFF):
        payload = await create(client, who)
        assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
        assert payload["token"] is None
        viewer = (await client.data(LIST, await client.session(who)))["viewer"]
        assert (viewer["organization"] or {"provisioning": None})["provisioning"] is None
        revoked = (await client.data(REVOKE_TOKEN, await client.session(who), id=made.id))["revokeScimToken"]
        assert [error["code"] for error in revoked["errors"]] == ["FORBIDDEN"]
    of_globex = (await client.data(LIST, await client.session(MAX)))["viewer"]["organization"]["provisioning"]
    assert of_globex == {"scimTokens": []}


@pytest.mark.parametrize(
    ("name", "days", "path"),
    [("", 30, "name"), ("x" * 101, 30, "name"), ("a", 0, "validDays"), ("a", 731, "validDays")],
)
async def test_a_token_has_a_name_and_an_end(client: Client, name: str, days: int, path: str) -> None:
    [error] = (await create(client, ADA, name, days))["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", path])


async def test_a_revoked_or_expired_token_opens_nothing(client: Client) -> None:
    revoked, expired = await scim_as(client), await scim_as(client)
    await revoked.ok("GET", "/Users?count=1")
    await expired.ok("GET", "/Users?count=1")
    answer = (await client.data(REVOKE_TOKEN, await client.session(ADA), id=revoked.id))["revokeScimToken"]
    assert answer["errors"] == []
    [again] = (await client.data(REVOKE_TOKEN, await client.session(ADA), id=revoked.id))["revokeScimToken"]["errors"]
    assert again["code"] == "ALREADY_REVOKED"
    context = client.backend.mutation_context
    await run(context, "UPDATE scim_tokens SET expires_at = now() WHERE id = :id", id=expired.id.partition("_")[2])
    for scim in (revoked, expired):
        assert await scim.refused("GET", "/Users?count=1") == (401, None)
        assert await scim.refused("POST", "/Users", {"userName": new_name()}) == (401, None)


@pytest.mark.parametrize("token", ["", "scim_", "scim_" + "A" * 65, "x" * 5_000, "pcs_" + "A" * 65])
async def test_an_unknown_token_gets_a_challenge(client: Client, token: str) -> None:
    answer = await Scim(client, token).send("GET", "/Users")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="SCIM"'
    assert "Resources" not in answer.text


async def test_no_other_credential_opens_scim_and_a_scim_token_opens_nothing_else(client: Client) -> None:
    session = await client.session(ADA)
    assert await Scim(client, session).refused("GET", "/Users") == (401, None)
    scim = await scim_as(client)
    assert (await client.answer("{ viewer { user { id } } }", scim.token))["data"] == {"viewer": None}


async def test_its_use_is_recorded(client: Client) -> None:
    scim = await scim_as(client)
    await scim.ok("GET", "/Users?count=1")
    listed = (await client.data(LIST, await client.session(ADA)))["viewer"]["organization"]["provisioning"]
    [token] = [each for each in listed["scimTokens"] if each["tokenId"] == scim.id]
    assert token["lastUsedAt"] is not None


async def test_events_name_the_token_and_its_maker(client: Client) -> None:
    scim = await scim_as(client, name="Named")
    created = await scim.add_user()
    query = """query ($id: [ID!]) { auditEvents(filter: {subjects: $id}) { nodes {
      kind actor { email } apiClient { id } scimToken { tokenId name } } } }"""
    events = (await client.data(query, await client.session(ADA), id=[created["id"]]))["auditEvents"]["nodes"]
    by = {"actor": {"email": ADA}, "apiClient": None, "scimToken": {"tokenId": scim.id, "name": "Named"}}
    assert events == [{"kind": "USER_CREATED", **by}]
    others = (await client.data(query, await client.session(SAM), id=[created["id"]]))["auditEvents"]["nodes"]
    assert all(event["scimToken"] is None for event in others)


async def test_a_maker_who_loses_the_right_takes_it_from_the_token(client: Client) -> None:
    context = client.backend.mutation_context
    second = named_key(BEN)
    await run(context, "INSERT INTO user_permissions VALUES (:id, 'USER_MANAGEMENT', :o)", id=second, o=named_key(ACME))
    scim = await scim_as(client, BEN)
    created = await scim.add_user()
    await run(context, "DELETE FROM user_permissions WHERE user_id = :id AND permission = 'USER_MANAGEMENT'", id=second)
    assert await scim.refused("GET", f"/Users/{created['id']}") == (401, None)
    assert await scim.refused("POST", "/Users", {"userName": new_name()}) == (403, None)
    assert await scim.refused("DELETE", f"/Users/{created['id']}") == (401, None)


async def test_making_one_asks_for_a_recent_proof_and_using_one_does_not(client: Client) -> None:
    scim, context = await scim_as(client), client.backend.mutation_context
    session = await client.session(ADA)
    await run(context, "UPDATE sessions SET proved_at = now() - interval '11 minutes'")
    [error] = (await client.data(CREATE_TOKEN, session, name="Okta", days=30))["createScimToken"]["errors"]
    assert error["code"] == "REAUTHENTICATION_REQUIRED"
    created = await scim.add_user()
    await scim.add_group("Proven", members=[{"value": created["id"]}])
