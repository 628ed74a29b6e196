"""Lists over SCIM: filters, pages, sorting, and which attributes a response has."""

from urllib.parse import quote

import pytest

from tests.support.integration.scim import Scim, new_name, scim_as
from tests.support.resolver_fixtures import run
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def found(scim: Scim, filter_: str, path: str = "/Users") -> set[str]:
    """The userNames of the users, or the displayNames of the groups, that a filter finds."""
    page = await scim.ok("GET", f"{path}?filter={quote(filter_)}&count=100")
    assert page["totalResults"] == len(page["Resources"])
    return {resource.get("userName") or resource["displayName"] for resource in page["Resources"]}


async def test_filters_mean_what_they_say(client: Client) -> None:
    scim = await scim_as(client)
    names = {"givenName": "Ida", "familyName": "O'Neil\\%_"}
    one = await scim.add_user(new_name("filter"), externalId="Filter-1", name=names)
    two = await scim.add_user(new_name("filter"), externalId="filter-2", active=False)
    first, second, both = {one["userName"]}, {two["userName"]}, {one["userName"], two["userName"]}
    ours = 'userName sw "filter-"'
    cases = {
        f'userName eq "{one["userName"].upper()}"': first,
        f'USERNAME EQ "{one["userName"]}"': first,
        f'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "{one["userName"]}"': first,
        'externalId eq "Filter-1"': first,
        'externalId eq "filter-1"': set(),
        'externalId eq "Filter-1" or externalId eq "filter-2"': both,
        f'id eq "{one["id"]}"': first,
        ours: both,
        f"{ours} and active eq false": second,
        f'{ours} and active eq "True"': first,
        f"{ours} and not (active eq true)": second,
        f"{ours} and externalId pr": both,
        f"{ours} and name.givenName pr": first,
        f"{ours} and not (name.givenName pr)": second,
        f'{ours} and name.givenName ne "ida"': second,
        f'{ours} and name.givenName eq "IDA"': first,
        f'{ours} and name.familyName co "\'neil\\\\%_"': first,
        f'{ours} and name.familyName co "%"': first,
        f'{ours} and name.familyName ew "_"': first,
        f'{ours} and displayName sw "ida o"': first,
        f'emails.value eq "{one["userName"]}"': first,
        f'emails[type eq "work" and value eq "{one["userName"]}"]': first,
        f'emails[type eq "home" and value eq "{one["userName"]}"]': set(),
        f'{ours} and meta.created ge "{one["meta"]["created"]}"': both,
        f'{ours} and meta.created gt "2100-01-01T00:00:00+02:00"': set(),
        f'{ours} and (externalId eq "Filter-1" or (active eq false and externalId sw "filter"))': both,
        f'{ours} and not (externalId eq "Filter-1" or externalId eq "x")': second,
    }
    for filter_, expected in cases.items():
        assert await found(scim, filter_) == expected, filter_


@pytest.mark.parametrize(
    "filter_",
    [
        "userName",
        'userName eq "a" and',
        'title eq "Dr"',
        'password eq "x"',
        'groups.value eq "tpl_1"',
        "active gt true",
        'meta.created co "2020"',
        'meta.created gt "yesterday"',
        "userName eq 1",
        'userName eq "a\\u0000"',
        " or ".join(f'externalId co "{number}"' for number in range(70)),
        "not (" * 120 + 'userName eq "a"' + ")" * 120,
        f'userName eq "{"a" * 2_100}"',
    ],
)
async def test_other_filters_are_refused(client: Client, filter_: str) -> None:
    scim = await scim_as(client)
    assert await scim.refused("GET", f"/Users?filter={quote(filter_)}") == (400, "invalidFilter")


async def test_pages_hold_every_user_once(client: Client) -> None:
    scim = await scim_as(client)
    whole = await scim.ok("GET", "/Users?count=100")
    ids = [user["id"] for user in whole["Resources"]]
    assert whole["totalResults"] == len(ids) == len(set(ids))
    for size in (1, 3, 100):
        read: list[str] = []
        while len(read) < len(ids):
            page = await scim.ok("GET", f"/Users?startIndex={len(read) + 1}&count={size}&attributes=id")
            assert (page["totalResults"], page["startIndex"]) == (len(ids), len(read) + 1)
            read += [user["id"] for user in page["Resources"]]
        assert read == ids
    beyond = await scim.ok("GET", f"/Users?startIndex={len(ids) + 1}")
    assert (beyond["totalResults"], beyond.get("Resources", [])) == (len(ids), [])
    far = await scim.ok("GET", "/Users?startIndex=999999999999")
    assert far["totalResults"] == len(ids)
    assert (await scim.ok("GET", "/Users?count=0"))["totalResults"] == len(ids)
    assert len((await scim.ok("GET", "/Users?startIndex=-5&count=2"))["Resources"]) == 2
    assert (await scim.ok("GET", "/Users?count=-1")).get("Resources", []) == []


async def test_lists_are_sorted(client: Client) -> None:
    scim = await scim_as(client)
    ascending = await scim.ok("GET", "/Users?sortBy=userName&count=100")
    names = [user["userName"] for user in ascending["Resources"]]
    assert names == sorted(names)
    descending = await scim.ok("GET", "/Users?sortBy=userName&sortOrder=descending&count=100")
    assert [user["userName"] for user in descending["Resources"]] == names[::-1]
    assert (await scim.refused("GET", "/Users?sortBy=active"))[0] == 400
    assert (await scim.refused("GET", "/Users?sortBy=phoneNumbers"))[0] == 400


async def test_a_list_is_found_by_post_too(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user()
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": f'userName eq "{created["userName"]}"',
        "attributes": ["userName"],
    }
    page = await scim.ok("POST", "/Users/.search", body)
    [user] = page["Resources"]
    assert (user["userName"], "emails" in user) == (created["userName"], False)
    assert await scim.refused("POST", "/.search", body) == (501, None)


async def test_what_portico_does_not_have_is_said_so(client: Client) -> None:
    scim = await scim_as(client)
    config = await scim.ok("GET", "/ServiceProviderConfig")
    assert config["bulk"] == {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
    assert config["changePassword"] == {"supported": False}
    assert (config["patch"], config["sort"], config["etag"]) == ({"supported": True},) * 3
    assert (await scim.refused("POST", "/Bulk", {"Operations": []}))[0] == 501
    assert (await scim.refused("GET", "/Me"))[0] == 501
    assert (await scim.refused("GET", "/Devices"))[0] == 404
    assert (await scim.refused("DELETE", "/Users"))[0] == 405
    assert [each["id"] for each in (await scim.ok("GET", "/ResourceTypes"))["Resources"]] == ["User", "Group"]
    schemas = (await scim.ok("GET", "/Schemas"))["Resources"]
    assert [each["name"] for each in schemas] == ["User", "Group"]
    assert (await scim.refused("GET", "/Schemas?filter=id pr"))[0] == 403


async def test_erased_users_are_not_there(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user()
    key = created["id"].partition("_")[2]
    sql = "UPDATE users SET removed_at = now(), erased_at = now() WHERE id = :id"
    await run(client.backend.mutation_context, sql, id=key)
    assert await scim.refused("GET", f"/Users/{created['id']}") == (404, None)
    assert await found(scim, f'userName eq "{created["userName"]}"') == set()
