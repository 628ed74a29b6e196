"""A field that says "Null if you may not …" or "Empty if you may not …" is so for whoever may not, and only for them.

The fields are found by their descriptions, so that a new one is tested without further ado; and a group of fields that
has no condition must say why it needs none.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type

from app.demo.fixed_ids import named_key
from resolvers.query.registry import Group, ToMany
from schema.operations import Operations
from tests.support.mutations.resources import add_resources
from tests.support.server import Client, add_demo_world, serving

OPERATIONS = Operations()
REGISTRY, SCHEMA = OPERATIONS.registry, OPERATIONS.schema
LIMITED = re.compile(r"\b(Null|Empty) (if|unless) you (may|have the permission|manage)\b")
MAY, MAY_NOT = "ada@acme.example", "sue@acme.example"
"""An admin of everything, and a user who may change nothing and sees no billing details."""

FOR_ALL = {
    "Service.site": "a part of the service",
    "User.activation": "the state of a user whom the viewer sees",
    "User.identity": "the state of a user whom the viewer sees",
    "AuditEvent.scimToken": "its row has the condition",
    "SingleSignOn.provider": "a part of a group that has the condition",
    "Viewer.secondFactors": "the viewer's own",
    "Viewer.viewingAs": "the viewer's own",
    "Query.viewer": "the viewer",
    "Query.accessAt": "its row has the condition",
    "Query.whoHadAccess": "its row has the condition",
}
"""The groups without a condition of their own, and why."""


def described() -> Iterator[tuple[str, str]]:
    """Every field of an object type whose description says that it is for some only: its type and name."""
    for type_ in SCHEMA.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_.name in REGISTRY.objects:
            for name, field in type_.fields.items():
                if LIMITED.search(field.description or ""):
                    yield type_.name, name


FIELDS = sorted(described())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as opened:
        await add_resources(opened.backend.engine)
        yield opened


def test_a_group_has_its_condition_or_says_why_not() -> None:
    without, unsaid = set(), set()
    for type_ in REGISTRY.objects.values():
        for name, field in type_.fields.items():
            if not isinstance(field, Group):
                continue
            place, described = f"{type_.name}.{name}", (type_.name, name) in FIELDS
            if field.action is None and field.present is None and field.permitted is None:
                without.add(place)
                # A condition in the words alone is none.
                assert not described, place
            elif field.action is not None and not described:
                unsaid.add(place)
    assert without == set(FOR_ALL)
    assert unsaid == set(), "say in the description for whom the group is null"


def query(owner: str, name: str) -> str:
    field: GraphQLField = SCHEMA.type_map[owner].fields[name]  # type: ignore[attr-defined]
    asked = name if is_leaf_type(get_named_type(field.type)) else f"{name} {{ __typename }}"
    if owner == "Viewer":
        return f"{{ viewer {{ {asked} }} }}"
    lists = {each.target: key for key, each in REGISTRY.objects["Query"].fields.items() if isinstance(each, ToMany)}
    assert owner in lists, f"{owner}.{name}: say in this test how to read it"
    return f"{{ {lists[owner]}(first: 100) {{ nodes {{ id {asked} }} }} }}"


async def values(client: Client, who: str, owner: str, name: str) -> list[Any]:
    """The values of the field in all objects that the user sees, except in the user themselves."""
    [found] = (await client.data(query(owner, name), await client.session(who))).values()
    nodes = [found] if owner == "Viewer" else found["nodes"]
    return [node[name] for node in nodes if node.get("id") != f"usr_{named_key(who)}"]


def test_such_fields_are_found() -> None:
    assert {("ContractAccount", "billing"), ("Organization", "settings"), ("Organization", "webhooks")} <= set(FIELDS)
    assert len(FIELDS) >= 8


@pytest.mark.parametrize(("owner", "name"), FIELDS, ids=".".join)
@pytest.mark.asyncio(loop_scope="module")
async def test_it_is_null_or_empty_for_whoever_may_not_and_for_nobody_else(
    client: Client, owner: str, name: str
) -> None:
    assert not any(await values(client, MAY_NOT, owner, name))
    seen = await values(client, MAY, owner, name)
    assert any(value not in (None, []) for value in seen), seen
