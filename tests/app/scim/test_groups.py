"""Groups over SCIM: access templates, whose members have exactly what they hold."""

from typing import Any

import pytest

from app.demo.fixed_ids import named_key
from tests.support.integration.scim import ADA, GROUP, Scim, new_name, scim_as
from tests.support.resolver_fixtures import SOUTH
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEMPLATE = """mutation ($name: String!, $permissions: [Permission!]!, $accounts: [ID!]!) {
  createAccessTemplate(input: {name: $name, permissions: $permissions, contractAccounts: $accounts}) {
    accessTemplate { id } errors { code path } } }"""
ACCESS = """query ($id: ID!) { node(id: $id) { ... on User {
  status permissions contractAccounts { nodes { name } } template { name } } } }"""


async def template(client: Client, name: str, *permissions: str) -> str:
    """A template that Ada makes, with one account."""
    values = {"name": name, "permissions": list(permissions), "accounts": [f"ca_{SOUTH}"]}
    created = (await client.data(TEMPLATE, await client.session(ADA), **values))["createAccessTemplate"]
    assert created["errors"] == []
    id_: str = created["accessTemplate"]["id"]
    return id_


async def access_of(client: Client, user_id: str) -> dict[str, Any]:
    node: dict[str, Any] = (await client.data(ACCESS, await client.session(ADA), id=user_id))["node"]
    return node


async def members(scim: Scim, group_id: str) -> set[str]:
    return {member["value"] for member in (await scim.ok("GET", f"/Groups/{group_id}")).get("members", [])}


async def test_members_get_what_the_template_holds_and_lose_it(client: Client) -> None:
    scim = await scim_as(client)
    group, user = await template(client, "Support", "SUPPORT_VIEW"), await scim.add_user()
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    await scim.patch(f"/Groups/{group}", add)
    given = {
        "status": "PENDING",
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        "contractAccounts": {"nodes": [{"name": "ACME South"}]},
        "template": {"name": "Support"},
    }
    assert await access_of(client, user["id"]) == given
    [listed] = (await scim.ok("GET", f"/Users/{user['id']}"))["groups"]
    assert listed["value"] == group
    assert listed["$ref"] == f"https://portico.example/scim/v2/Groups/{group}"
    await scim.patch(f"/Groups/{group}", add)
    assert await members(scim, group) == {user["id"]}
    await scim.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    nothing: dict[str, Any] = {
        "permissions": ["SITES_SERVICES_VIEW"],
        "contractAccounts": {"nodes": []},
        "template": None,
    }
    assert await access_of(client, user["id"]) == {"status": "PENDING", **nothing}
    assert await members(scim, group) == set()


async def test_a_user_has_the_group_that_they_were_added_to_last(client: Client) -> None:
    scim = await scim_as(client)
    one, two, user = await template(client, "One", "SUPPORT_VIEW"), await template(client, "Two"), await scim.add_user()
    for group in (one, two):
        await scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    assert (await access_of(client, user["id"]))["permissions"] == ["SITES_SERVICES_VIEW"]
    assert (await members(scim, one), await members(scim, two)) == (set(), {user["id"]})
    await scim.patch(f"/Groups/{one}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    assert await members(scim, two) == {user["id"]}


async def test_a_pushed_group_gives_nothing_until_an_admin_says_what(client: Client) -> None:
    scim = await scim_as(client)
    user = await scim.add_user()
    group = await scim.add_group("Sales", externalId="sales", members=[{"value": user["id"]}])
    assert (await access_of(client, user["id"]))["template"] == {"name": "Sales"}
    assert (await access_of(client, user["id"]))["contractAccounts"] == {"nodes": []}
    edit = """mutation ($id: ID!, $accounts: [ID!]!) { updateAccessTemplate(input: {id: $id, version: 1,
      contractAccounts: $accounts}) { changed errors { code } } }"""
    edited = await client.data(edit, await client.session(ADA), id=group["id"], accounts=[f"ca_{SOUTH}"])
    assert edited["updateAccessTemplate"] == {"changed": 1, "errors": []}
    assert (await access_of(client, user["id"]))["contractAccounts"] == {"nodes": [{"name": "ACME South"}]}
    again = {"schemas": [GROUP], "displayName": "SALES"}
    assert await scim.refused("POST", "/Groups", again) == (409, "uniqueness")
    other = {"schemas": [GROUP], "displayName": "Other", "externalId": "sales"}
    assert await scim.refused("POST", "/Groups", other) == (409, "uniqueness")
    renamed = await scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "Vente"})
    assert (renamed["displayName"], renamed["externalId"]) == ("Vente", "sales")
    found = await scim.ok("GET", '/Groups?filter=displayName eq "VENTE"&excludedAttributes=members')
    assert [("members" in each, each["id"]) for each in found["Resources"]] == [(False, group["id"])]


async def test_a_deleted_group_takes_its_access_with_it(client: Client) -> None:
    scim = await scim_as(client)
    group, user = await template(client, "Gone", "SUPPORT_VIEW"), await scim.add_user()
    await scim.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    await scim.ok("DELETE", f"/Groups/{group}", status=204)
    assert await scim.refused("GET", f"/Groups/{group}") == (404, None)
    assert (await access_of(client, user["id"]))["permissions"] == ["SITES_SERVICES_VIEW"]


async def test_put_makes_the_members_those_of_the_list(client: Client) -> None:
    scim = await scim_as(client)
    first, second = await scim.add_user(), await scim.add_user()
    group = await scim.add_group("Listed", members=[{"value": first["id"]}])
    body = {"schemas": [GROUP], "displayName": "Listed", "members": [{"value": second["id"]}]}
    replaced = await scim.ok("PUT", f"/Groups/{group['id']}", body)
    assert [member["value"] for member in replaced["members"]] == [second["id"]]
    assert replaced["meta"]["version"] != group["meta"]["version"]
    assert "template" in await access_of(client, first["id"])
    assert (await access_of(client, first["id"]))["template"] is None


async def test_a_deactivated_member_loses_what_the_group_gave(client: Client) -> None:
    scim = await scim_as(client)
    group, user = await template(client, "Leavers", "SUPPORT_VIEW"), await scim.add_user()
    add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    await scim.patch(f"/Groups/{group}", add)
    await scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    await scim.patch(f"/Groups/{group}", add)
    assert await members(scim, group) == set()
    await scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": True})
    assert (await access_of(client, user["id"]))["permissions"] == ["SITES_SERVICES_VIEW"]


async def test_nobody_is_added_if_one_cant_be(client: Client) -> None:
    scim = await scim_as(client)
    group, user = await template(client, "All or none"), await scim.add_user()
    unknown = [f"usr_{named_key('max@globex.example')}", "usr_00000000-0000-7000-8000-000000000000", "nobody"]
    for other in unknown:
        value = [{"value": user["id"]}, {"value": other}]
        add = {"schemas": [], "Operations": [{"op": "add", "path": "members", "value": value}]}
        assert await scim.refused("PATCH", f"/Groups/{group}", add) == (400, "invalidValue")
    assert await members(scim, group) == set()


async def test_a_template_that_the_maker_may_not_give_is_not_there(client: Client) -> None:
    scim = await scim_as(client, "ada@acme.example")
    created = await scim.add_user(new_name())
    own = await template(client, "Hers", "SUPPORT_VIEW")
    foreign = f"tpl_{named_key('Globex')}"
    for group in (foreign, "tpl_1", f"usr_{named_key(ADA)}"):
        assert await scim.refused("GET", f"/Groups/{group}") == (404, None)
        add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": created["id"]}]}]}
        assert await scim.refused("PATCH", f"/Groups/{group}", add) == (404, None)
        assert await scim.refused("DELETE", f"/Groups/{group}") == (404, None)
    assert (await scim.ok("GET", f"/Groups/{own}"))["displayName"] == "Hers"


async def test_a_group_of_any_size_is_changed_one_by_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    scim = await scim_as(client)
    first, second, third = [await scim.add_user() for _ in range(3)]
    group = await scim.add_group("Many", members=[{"value": first["id"]}])
    path = f"/Groups/{group['id']}"
    monkeypatch.setattr("app.scim.reading.MOST_MEMBERS", 1)
    operations = [
        {"op": "add", "path": "members", "value": [{"value": second["id"]}, {"value": third["id"]}]},
        {"op": "remove", "path": f'members[value eq "{third["id"]}"]'},
        {"op": "replace", "value": {"displayName": "Very many", "externalId": "many"}},
    ]
    answer = await scim.send("PATCH", path, {"schemas": [], "Operations": operations})
    assert answer.status_code == 204
    assert await scim.refused("GET", path) == (400, "tooMany")
    assert await scim.refused("GET", "/Groups") == (400, "tooMany")
    replaced = {"Operations": [{"op": "replace", "path": "members", "value": []}]}
    assert await scim.refused("PATCH", path, replaced) == (400, "tooMany")
    read = await scim.ok("GET", f"{path}?excludedAttributes=members")
    assert (read["displayName"], read["externalId"]) == ("Very many", "many")
    monkeypatch.undo()
    assert await members(scim, group["id"]) == {first["id"], second["id"]}
