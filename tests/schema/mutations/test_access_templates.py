"""Access templates over GraphQL: who sees one, what users get from it, and what becomes of them when it changes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.demo.fixed_ids import named_key
from tests.support.queries import ask
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, PEAR, SOUTH
from tests.support.server import Client, serving

pytestmark = pytest.mark.asyncio(loop_scope="function")

ADA, SAM, BEN, DAN, MAX = (
    "ada@acme.example",
    "sam@acme.example",
    "ben@acme.example",
    "dan@pear.example",
    "max@globex.example",
)
SUE, PIA = "sue@acme.example", "pia@pear.example"
LIST = "{ accessTemplates { totalCount nodes { name } } }"
CREATE = """mutation ($input: CreateAccessTemplateInput!) { createAccessTemplate(input: $input) {
  accessTemplate { id name audience permissions version viewerCan allContractAccounts
    contractAccounts { nodes { name } } users { totalCount } }
  errors { code path } } }"""
UPDATE = """mutation ($input: UpdateAccessTemplateInput!) { updateAccessTemplate(input: $input) {
  accessTemplate { name version users { totalCount } }
  results { state user { email permissions } gains { permissions services } loses { permissions services }
    errors { code path } }
  changed errors { code path } } }"""
REMOVE = """mutation ($input: RemoveAccessTemplateInput!) { removeAccessTemplate(input: $input) {
  removedId errors { code path } } }"""
USER = "user { email permissions template { name } contractAccounts { nodes { name } } version }"
CHANGE = f"mutation ($input: UpdateUserInput!) {{ updateUser(input: $input) {{ {USER} errors {{ code path }} }} }}"
NEW = f"mutation ($input: CreateUserInput!) {{ createUser(input: $input) {{ {USER} errors {{ code path }} }} }}"
READ = "query ($id: ID!) { node(id: $id) { ... on User { template { name } permissions version } } }"
SOUTHERN = {"name": "Southern support", "permissions": ["SUPPORT_VIEW"], "contractAccounts": [f"ca_{SOUTH}"]}
EASTERN = {"name": "Eastern", "contractAccounts": [f"ca_{EAST}"]}


@pytest_asyncio.fixture
async def client(demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


def user(email: str) -> str:
    return f"usr_{named_key(email)}"


async def run(client: Client, who: str, text: str, **input_: Any) -> Any:
    (payload,) = (await ask(client, who, text, input=input_)).values()
    return payload


async def template(client: Client, who: str, **input_: Any) -> Any:
    payload = await run(client, who, CREATE, **input_)
    assert payload["errors"] == []
    return payload["accessTemplate"]


async def version(client: Client, email: str) -> int:
    found: int = (await ask(client, ADA, READ, id=user(email)))["node"]["version"]
    return found


async def give(client: Client, who: str, email: str, id_: str, **more: Any) -> Any:
    return await run(client, who, CHANGE, id=user(email), version=await version(client, email), template=id_, **more)


def codes(payload: Any) -> list[Any]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_who_may_give_all_of_it_sees_it(client: Client) -> None:
    made = await template(client, ADA, **SOUTHERN)
    assert made["permissions"] == ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"]
    assert made["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    assert made["viewerCan"] == ["VIEW", "UPDATE", "REMOVE"]
    await template(client, ADA, **EASTERN)
    await template(client, ADA, name="Billing", permissions=["BILLING_VIEW"])
    await template(client, ADA, name="Everything", allContractAccounts=True)
    seen = {who: await ask(client, who, LIST) for who in (ADA, SAM, BEN, MAX)}
    names = {who: [node["name"] for node in data["accessTemplates"]["nodes"]] for who, data in seen.items()}
    assert names == {
        ADA: ["Billing", "Eastern", "Everything", "Southern support"],
        SAM: ["Southern support"],
        BEN: [],
        MAX: [],
    }
    assert {who: data["accessTemplates"]["totalCount"] for who, data in seen.items()} == {
        ADA: 4,
        SAM: 1,
        BEN: 0,
        MAX: 0,
    }


async def test_nobody_makes_one_with_more_than_they_have(client: Client) -> None:
    refused = await run(
        client,
        SAM,
        CREATE,
        name=" ",
        permissions=["BILLING_VIEW"],
        contractAccounts=[f"ca_{EAST}", f"ca_{GLOBEX_CONTRACT}"],
    )
    assert sorted(codes(refused)) == [
        ("INVALID", ["input", "name"]),
        ("NOT_ASSIGNABLE", ["input", "contractAccounts", "0"]),
        ("NOT_ASSIGNABLE", ["input", "contractAccounts", "1"]),
        ("NOT_ASSIGNABLE", ["input", "permissions", "0"]),
    ]
    assert codes(await run(client, BEN, CREATE, **EASTERN)) == [("FORBIDDEN", ["input"])]
    await template(client, ADA, **EASTERN)
    assert codes(await run(client, ADA, CREATE, name="EASTERN")) == [("DUPLICATE", ["input", "name"])]


async def test_a_user_gets_what_it_holds_and_remembers_it(client: Client) -> None:
    made = await template(client, ADA, **SOUTHERN)
    person = {"email": "nia@acme.example", "firstName": "Nia", "lastName": "New", "template": made["id"]}
    created = (await run(client, SAM, NEW, **person))["user"]
    assert created["template"] == {"name": "Southern support"}
    assert created["permissions"] == ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"]
    given = (await give(client, ADA, BEN, made["id"]))["user"]
    assert given["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    both = await give(client, ADA, SUE, made["id"], permissions=[])
    assert codes(both) == [("INVALID", ["input", "template"])]


async def test_an_invisible_one_is_one_that_nobody_has(client: Client) -> None:
    made = await template(client, ADA, **EASTERN)
    person = {"email": "nia@acme.example", "firstName": "Nia", "lastName": "New"}
    for id_ in (made["id"], "tpl_0190163d-8694-739b-aea5-966c26f8ad91"):
        assert codes(await run(client, SAM, NEW, **person, template=id_)) == [("NOT_FOUND", ["input", "template"])]
        assert codes(await give(client, SAM, SUE, id_)) == [("NOT_FOUND", ["input", "template"])]
        assert codes(await run(client, SAM, UPDATE, id=id_, version=1)) == [("NOT_FOUND", ["input", "id"])]
        assert codes(await run(client, SAM, REMOVE, id=id_)) == [("NOT_FOUND", ["input", "id"])]


async def test_a_change_reaches_all_of_its_users(client: Client) -> None:
    made = await template(client, ADA, **SOUTHERN)
    for email in (SUE, BEN):
        await give(client, ADA, email, made["id"])
    change = {"id": made["id"], "version": 1, "permissions": ["ORDERS_VIEW"], "contractAccounts": [f"ca_{EAST}"]}
    dry = await run(client, ADA, UPDATE, **change, dryRun=True)
    assert dry["errors"] == []
    assert [row["state"] for row in dry["results"]] == ["WOULD_BE_CHANGED"] * 2
    assert dry["results"][0]["gains"] == {"permissions": ["ORDERS_VIEW"], "services": 2}
    assert dry["results"][0]["loses"] == {"permissions": ["SUPPORT_VIEW"], "services": 3}
    assert dry["accessTemplate"] == {"name": "Southern support", "version": 1, "users": {"totalCount": 2}}
    done = await run(client, ADA, UPDATE, **change, name="Eastern orders")
    assert done["changed"] == 2
    assert done["accessTemplate"] == {"name": "Eastern orders", "version": 2, "users": {"totalCount": 2}}
    assert all("ORDERS_VIEW" in row["user"]["permissions"] for row in done["results"])
    assert codes(await run(client, ADA, UPDATE, **change)) == [("STALE", ["input", "version"])]


async def test_one_user_who_is_refused_prevents_it(client: Client) -> None:
    made = await template(client, ADA, name="Admins", permissions=["USER_MANAGEMENT"], allContractAccounts=True)
    await give(client, ADA, BEN, made["id"])
    await give(client, ADA, ADA, made["id"])
    # He is an admin like her now, and she could not have given the rest away.
    lost = await run(client, BEN, UPDATE, id=made["id"], version=1, allContractAccounts=False)
    assert [code for code, _ in codes(lost)] == ["LAST_ADMIN"] or lost["results"] == []
    assert codes(lost)[0][1] == ["input", "id"]
    assert (await ask(client, ADA, READ, id=user(BEN)))["node"]["template"] == {"name": "Admins"}


async def test_other_access_ends_the_link_and_an_end_does_not(client: Client) -> None:
    made = await template(client, ADA, **SOUTHERN)
    await give(client, ADA, SUE, made["id"])
    ends = [{"permission": "SUPPORT_VIEW", "endsAt": "2090-01-01T00:00:00Z"}]
    kept = await run(client, ADA, CHANGE, id=user(SUE), version=await version(client, SUE), permissionEnds=ends)
    assert kept["user"]["template"] == {"name": "Southern support"}
    many = "mutation ($input: ChangeUsersInput!) { changeUsers(input: $input) { changed errors { code } } }"
    await run(client, ADA, many, users=[user(SUE)], addPermissions=["ORDERS_VIEW"])
    assert (await ask(client, ADA, READ, id=user(SUE)))["node"]["template"] is None
    await give(client, ADA, PIA, made["id"])
    more = await run(client, ADA, CHANGE, id=user(PIA), version=await version(client, PIA), permissions=[])
    assert more["user"]["template"] is None


async def test_removing_one_leaves_the_users_what_they_have(client: Client) -> None:
    made = await template(client, ADA, **SOUTHERN)
    await give(client, ADA, SUE, made["id"])
    assert await run(client, SAM, REMOVE, id=made["id"]) == {"removedId": made["id"], "errors": []}
    node = (await ask(client, ADA, READ, id=user(SUE)))["node"]
    assert node["template"] is None
    assert "SUPPORT_VIEW" in node["permissions"]


async def test_end_customers(client: Client) -> None:
    pear = {
        "name": "Pear",
        "audience": "DELIVERY",
        "deliveryAccounts": [f"da_{PEAR}"],
        "contractAccounts": [f"ca_{SOUTH}"],
    }
    none = await run(client, ADA, CREATE, **pear | {"deliveryAccounts": []})
    assert codes(none) == [("INVALID", ["input", "deliveryAccounts"])]
    await template(client, ADA, **pear)
    await template(client, ADA, **SOUTHERN)
    names = [node["name"] for node in (await ask(client, DAN, LIST))["accessTemplates"]["nodes"]]
    assert names == ["Pear"]
