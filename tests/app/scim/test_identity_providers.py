"""What Okta and Microsoft Entra send, by their public documentation, one request after the other."""

from typing import Any

import pytest

from tests.support.integration.scim import PATCH, USER, new_name, scim_as
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


async def test_okta_provisions_updates_deactivates_and_reactivates_a_user(client: Client) -> None:
    okta, email = await scim_as(client, name="Okta"), new_name("okta")
    okta.headers = {"Accept": "application/scim+json", "User-Agent": "Okta SCIM Client 1.0.0"}
    search = f'/Users?filter=userName eq "{email}"&startIndex=1&count=100'
    missing = await okta.ok("GET", search)
    assert (missing["schemas"], missing["totalResults"]) == ([LIST], 0)
    profile: dict[str, Any] = {
        "schemas": [USER],
        "userName": email,
        "name": {"givenName": "Olga", "familyName": "Kta"},
        "emails": [{"primary": True, "value": email, "type": "work"}],
        "displayName": "Olga Kta",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    }
    created = await okta.ok("POST", "/Users", profile, 201)
    assert "password" not in created
    path = f"/Users/{created['id']}"
    assert (await okta.ok("GET", search))["Resources"][0]["id"] == created["id"]
    read = await okta.ok("GET", path)
    updated = await okta.ok("PUT", path, {**read, "name": {"givenName": "Olga", "familyName": "Keta"}, "id": "other"})
    assert (updated["id"], updated["name"]["familyName"]) == (created["id"], "Keta")
    deactivate = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    assert (await okta.send("PATCH", path, deactivate)).status_code in (200, 204)
    assert (await okta.ok("GET", path))["active"] is False
    assert (await okta.ok("PUT", path, {**updated, "active": True}))["active"] is True


async def test_okta_pushes_a_group(client: Client) -> None:
    okta = await scim_as(client, name="Okta")
    one, two = await okta.add_user(), await okta.add_user()
    assert (await okta.ok("GET", '/Groups?filter=displayName eq "Engineers"&startIndex=1&count=100'))[
        "totalResults"
    ] == 0
    group = await okta.add_group("Engineers", members=[])
    path = f"/Groups/{group['id']}"
    renamed = {"op": "replace", "value": {"id": group["id"], "displayName": "Engineering"}}
    assert (await okta.patch(path, renamed))["displayName"] == "Engineering"
    filled = {
        "op": "add",
        "path": "members",
        "value": [{"value": each["id"], "display": each["userName"]} for each in (one, two)],
    }
    assert len((await okta.patch(path, filled))["members"]) == 2
    left = {"op": "remove", "path": f'members[value eq "{one["id"]}"]'}
    assert [each["value"] for each in (await okta.patch(path, left))["members"]] == [two["id"]]
    replaced = {"op": "replace", "path": "members", "value": [{"value": one["id"], "display": one["userName"]}]}
    assert [each["value"] for each in (await okta.patch(path, replaced))["members"]] == [one["id"]]
    await okta.ok("DELETE", path, status=204)


async def test_entra_provisions_updates_and_disables_a_user(client: Client) -> None:
    entra, email = await scim_as(client, name="Entra"), new_name("entra")
    # The connection test: a user who can't be there.
    assert (await entra.ok("GET", '/Users?filter=userName eq "52ad9bb4-5f4c"'))["totalResults"] == 0
    created = await entra.ok(
        "POST",
        "/Users",
        {
            "schemas": [USER, ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": email,
            "active": "True",
            "displayName": "Ryan Ent",
            "emails": [{"type": "work", "value": "ryan@other.example", "primary": True}],
            "addresses": [{"type": "work", "country": "Germany"}],
            "phoneNumbers": [{"type": "work", "value": "+49 30 1234"}, {"type": "mobile", "value": "+49 170 1"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Ryan Ent", "familyName": "Ent", "givenName": "Ryan"},
            "title": "Engineer",
            ENTERPRISE: {"department": "Sales", "manager": {"value": "1"}},
        },
        201,
    )
    assert (created["active"], created["emails"][0]["value"]) == (True, email)
    path = f"/Users/{created['id']}"
    changed = await entra.patch(
        path,
        {"op": "Replace", "path": "displayName", "value": "Ryan E"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@other.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Enter"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 30 5678"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "IT"},
        {"op": "Add", "value": {"name.givenName": "Rian", "title": "CTO", f"{ENTERPRISE}:employeeNumber": "7"}},
    )
    assert changed["name"] == {"familyName": "Enter", "givenName": "Rian"}
    assert changed["phoneNumbers"] == [{"value": "+49305678", "type": "work"}]
    assert changed["userName"] == email
    only_derived = await entra.patch(path, {"op": "Replace", "path": "displayName", "value": "Nobody"})
    assert only_derived == changed
    added = await entra.add_user()
    missing = await entra.patch(
        f"/Users/{added['id']}", {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+1 425 555 0100"}
    )
    assert missing["phoneNumbers"] == [{"value": "+14255550100", "type": "work"}]
    assert (await entra.patch(path, {"op": "Replace", "path": "active", "value": "False"}))["active"] is False
    assert (await entra.patch(path, {"op": "Replace", "path": "active", "value": "True"}))["active"] is True
    await entra.ok("DELETE", path, status=204)


async def test_entra_provisions_a_group(client: Client) -> None:
    entra = await scim_as(client, name="Entra")
    one, two = await entra.add_user(), await entra.add_user()
    assert (await entra.ok("GET", '/Groups?excludedAttributes=members&filter=displayName eq "Entra team"'))[
        "totalResults"
    ] == 0
    group = await entra.add_group("Entra team", externalId="8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159")
    path = f"/Groups/{group['id']}"
    assert "members" not in await entra.ok("GET", f"{path}?excludedAttributes=members")
    both = [{"$ref": None, "value": one["id"]}, {"$ref": None, "value": two["id"]}]
    assert len((await entra.patch(path, {"op": "Add", "path": "members", "value": both}))["members"]) == 2
    is_member = await entra.ok("GET", f'{path}?attributes=members&filter=id eq "{group["id"]}"')
    assert is_member["id"] == group["id"]
    left = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": one["id"]}]}
    left["value"] = [{"value": one["id"]}]
    assert [each["value"] for each in (await entra.patch(path, left))["members"]] == [two["id"]]
    named = {"op": "Replace", "path": "displayName", "value": "Entra crew"}
    assert (await entra.patch(path, named))["displayName"] == "Entra crew"
    await entra.ok("DELETE", path, status=204)
