"""Users over SCIM: created, found, changed, deactivated, deleted, and what becomes of their access."""

import pytest

from app.demo.fixed_ids import named_key
from tests.support.integration.scim import ADA, USER, new_name, scim_as
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_user_is_created_found_and_read(client: Client) -> None:
    scim, email = await scim_as(client), new_name()
    answer = await scim.send(
        "POST",
        "/Users",
        {
            "schemas": [USER],
            "userName": email.upper(),
            "externalId": email,
            "name": {"givenName": "Lin", "familyName": "Wu"},
            "phoneNumbers": [{"value": "+31 20 123 4567", "type": "work"}],
            "title": "is not stored",
        },
    )
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert created["userName"] == email
    assert created["externalId"] == email
    assert created["active"] is True
    assert created["name"] == {"givenName": "Lin", "familyName": "Wu"}
    assert created["phoneNumbers"] == [{"value": "+31201234567", "type": "work"}]
    assert created["emails"] == [{"value": email, "type": "work", "primary": True}]
    assert "title" not in created
    location = f"https://portico.example/scim/v2/Users/{created['id']}"
    assert answer.headers["location"] == created["meta"]["location"] == location
    assert answer.headers["etag"] == created["meta"]["version"]
    assert await scim.ok("GET", f"/Users/{created['id']}") == created
    found = await scim.ok("GET", f'/Users?filter=userName eq "{email}"')
    assert (found["totalResults"], found["Resources"]) == (1, [created])


async def test_a_new_user_has_no_access_and_gets_the_activation_mail(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user()
    query = """query ($id: ID!) { node(id: $id) { ... on User {
      status permissions allContractAccounts contractAccounts { totalCount } activation { mail } externalId } } }"""
    user = (await client.data(query, await client.session(ADA), id=created["id"]))["node"]
    assert user == {
        "status": "PENDING",
        "permissions": ["SITES_SERVICES_VIEW"],
        "allContractAccounts": False,
        "contractAccounts": {"totalCount": 0},
        "activation": {"mail": "QUEUED"},
        "externalId": None,
    }


async def test_the_same_user_is_not_created_twice(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user(externalId="one-id")
    before = await scim.ok("GET", "/Users?count=0")
    again = {"schemas": [USER], "userName": created["userName"]}
    assert await scim.refused("POST", "/Users", again) == (409, "uniqueness")
    assert await scim.refused("POST", "/Users", {"schemas": [USER], "userName": "SUE@acme.example"}) == (
        409,
        "uniqueness",
    )
    other = {"schemas": [USER], "userName": new_name(), "externalId": "one-id"}
    assert await scim.refused("POST", "/Users", other) == (409, "uniqueness")
    assert await scim.ok("GET", "/Users?count=0") == before


@pytest.mark.parametrize(
    "attributes",
    [
        {"userName": "not an address"},
        {"userName": "a" * 300 + "@acme.example"},
        {"name": {"givenName": "see https://evil.example"}},
        {"name": {"familyName": "x" * 101}},
        {"externalId": "x" * 256},
        {"externalId": "two\nlines"},
        {"active": "perhaps"},
        {"active": []},
        {"userName": None},
    ],
)
async def test_what_cant_be_stored_is_refused_and_changes_nothing(
    client: Client, attributes: dict[str, object]
) -> None:
    scim = await scim_as(client)
    before = await scim.ok("GET", "/Users?count=0")
    body = {"schemas": [USER], "userName": new_name(), **attributes}
    assert await scim.refused("POST", "/Users", body) == (400, "invalidValue")
    assert await scim.ok("GET", "/Users?count=0") == before


async def test_deactivation_ends_access_at_once_and_activation_brings_the_user_back(client: Client) -> None:
    scim, ben = await scim_as(client), f"/Users/usr_{named_key('ben@acme.example')}"
    session = await client.session("ben@acme.example")
    assert (await client.data("{ viewer { user { email } } }", session))["viewer"] is not None
    inactive = await scim.patch(ben, {"op": "replace", "path": "active", "value": False})
    assert inactive["active"] is False
    assert (await client.data("{ viewer { user { email } } }", session))["viewer"] is None
    renamed = await scim.patch(ben, {"op": "replace", "path": "name.familyName", "value": "Boers"})
    assert (renamed["active"], renamed["name"]["familyName"]) == (False, "Boers")
    active = await scim.patch(ben, {"op": "replace", "value": {"active": True}})
    assert active["active"] is True
    query = "query ($id: ID!) { node(id: $id) { ... on User { status allContractAccounts } } }"
    user = (await client.data(query, await client.session(ADA), id=f"usr_{named_key('ben@acme.example')}"))["node"]
    assert user == {"status": "PENDING", "allContractAccounts": True}


async def test_a_deleted_user_does_not_exist_and_can_be_created_again(client: Client) -> None:
    scim, email = await scim_as(client), new_name()
    created = await scim.add_user(email, externalId="leaves")
    path = f"/Users/{created['id']}"
    await scim.ok("DELETE", path, status=204)
    assert await scim.refused("GET", path) == (404, None)
    assert await scim.refused("DELETE", path) == (404, None)
    assert await scim.refused("PUT", path, {"schemas": [USER], "userName": email}) == (404, None)
    assert (await scim.ok("GET", f'/Users?filter=userName eq "{email}"'))["totalResults"] == 0
    again = await scim.add_user(email, externalId="leaves", name={"givenName": "Lea", "familyName": "Vink"})
    assert (again["id"], again["active"], again["name"]["givenName"]) == (created["id"], True, "Lea")
    assert await scim.refused("POST", "/Users", {"schemas": [USER], "userName": email}) == (409, "uniqueness")


async def test_the_last_admin_stays(client: Client) -> None:
    scim = await scim_as(client)
    assert (await scim.refused("DELETE", f"/Users/usr_{named_key(ADA)}"))[0] == 403
    await scim.ok("GET", f"/Users/usr_{named_key(ADA)}")


async def test_put_replaces_and_keeps_what_cant_be_replaced(client: Client) -> None:
    scim, email = await scim_as(client), new_name()
    created = await scim.add_user(email, externalId="put", name={"givenName": "Ann"}, phoneNumbers=[{"value": "+3120"}])
    path = f"/Users/{created['id']}"
    body = {"schemas": [USER], "userName": email.upper(), "name": {"familyName": "Lee"}}
    replaced = await scim.ok("PUT", path, body)
    assert replaced["name"] == {"familyName": "Lee"}
    assert replaced["active"] is True
    assert "externalId" not in replaced
    assert "phoneNumbers" not in replaced
    assert await scim.refused("PUT", path, {**body, "userName": new_name()}) == (400, "mutability")


async def test_a_phone_number_without_a_country_code_is_left_out(client: Client) -> None:
    scim = await scim_as(client)
    numbers = [{"value": "+49 (30) 123-456", "type": "mobile"}, {"value": "tel:+31-20-1234567", "type": "work"}]
    assert (await scim.add_user(phoneNumbers=numbers))["phoneNumbers"] == [{"value": "+31201234567", "type": "work"}]
    assert (await scim.add_user(phoneNumbers=numbers[:1]))["phoneNumbers"][0]["value"] == "+4930123456"
    assert "phoneNumbers" not in await scim.add_user(phoneNumbers=[{"value": "555-0100", "type": "work"}])


async def test_a_stale_condition_is_refused(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user()
    path, version = f"/Users/{created['id']}", created["meta"]["version"]
    assert (await scim.send("GET", path, **{"If-None-Match": version})).status_code == 304
    body = {"schemas": [USER], "userName": created["userName"], "name": {"givenName": "New"}}
    changed = await scim.ok("PUT", path, body, **{"If-Match": version})
    assert changed["meta"]["version"] != version
    assert (await scim.refused("PUT", path, body, **{"If-Match": version}))[0] == 412
    assert (await scim.refused("DELETE", path, **{"If-Match": version}))[0] == 412
    assert await scim.ok("PUT", path, body) == changed
