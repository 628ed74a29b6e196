"""Random queries of random demo users: always an answer, in one statement, and nothing in it that the lists hide.

Documents are made from the schema itself, so that a field which is added is asked for too. Most are valid; some hold
ids, cursors and sizes that are not.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.connection import Connection
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.declare.registry import binding_of
from schema.execution.errors import QueryCode
from schema.schema import graphql_schema
from tests.support.server import Client, add_demo_world, codes, serving

SCHEMA = graphql_schema()
ROOT = SCHEMA.query_type
assert ROOT is not None
ASKERS = ("staff@portico", "ada@acme", "sam@acme", "sue@acme", "dan@pear", "pia@pear", "max@globex")
LISTS = ("organizations", "contractAccounts", "deliveryAccounts", "services", "users", "auditEvents")
EVERYTHING = "{ " + " ".join(f"{name}(first: 100) {{ nodes {{ id }} edges {{ cursor }} }}" for name in LISTS) + " }"
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CURSOR = re.compile(r'"([A-Za-z0-9_-]{40,})"')
EXPECTED = {*QueryCode, "FORBIDDEN", "INVALID", "RATE_LIMITED"}
QUESTIONS = {name for name, field in ROOT.fields.items() if binding_of(field) is None}
"""The fields that are no reads of data, and may take more than one statement."""

DEEPEST = 6
MOST = 20_000_000
"""Nodes that a query may cost here: far more than there are, so that few are refused."""

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Document:
    """One random document. `ids` and `cursors` are those that exist, of whomever."""

    def __init__(self, draw: Draw, ids: list[str], cursors: list[str]) -> None:
        self.draw = draw
        self.ids = st.sampled_from([*ids, "usr_00000000-0000-7000-8000-000000000000", "usr_1", "x"])
        self.cursors = st.sampled_from([*cursors, "x", "W10"])

    def text(self) -> str:
        assert SCHEMA.query_type is not None
        return f"query {self.selections(SCHEMA.query_type, 0)}"

    def selections(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            kinds = self.draw(st.lists(st.sampled_from(SCHEMA.get_possible_types(type_)), max_size=2, unique=True))
            return f"{{ __typename id {' '.join(f'... on {kind.name} {self.inner(kind, depth)}' for kind in kinds)} }}"
        return self.inner(type_, depth)

    def inner(self, type_: GraphQLObjectType, depth: int) -> str:
        leaves = [name for name, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))]
        edges = [name for name in type_.fields if name not in leaves and depth < DEEPEST]
        chosen = self.some(leaves, 0, 1) + self.some(edges, 1, 2 if depth < 2 else 1)
        fields = [self.field(type_, name, f"f{depth}_{place}", depth) for place, name in enumerate(chosen)]
        return "{ " + " ".join(["__typename", *(["id"] if "id" in type_.fields else []), *fields]) + " }"

    def some(self, names: list[str], least: int, most: int) -> list[str]:
        count = self.draw(st.integers(least, most)) if names else 0
        return [self.draw(st.sampled_from(names)) for _ in range(count)]

    def field(self, type_: GraphQLObjectType, name: str, alias: str, depth: int) -> str:
        field = type_.fields[name]
        given_ = [
            f"{key}: {self.value(argument.type)}"
            for key, argument in field.args.items()
            if is_required_argument(argument) or self.draw(st.integers(0, 19)) == 7
        ]
        arguments = f"({', '.join(given_)})" if given_ else ""
        directive = self.draw(st.sampled_from(["", "", "", "", "", "@include(if: true)", "@skip(if: true)"]))
        of = get_named_type(field.type)
        inner = self.selections(of, depth + 1) if isinstance(of, GraphQLObjectType | GraphQLInterfaceType) else ""
        return f"{alias}_{type_.name}: {name}{arguments} {directive} {inner}"

    def value(self, type_: GraphQLInputType) -> str:
        inner = get_nullable_type(type_)
        if is_list_type(inner):
            return f"[{', '.join(self.value(inner.of_type) for _ in range(self.draw(st.integers(0, 3))))}]"
        if isinstance(inner, GraphQLEnumType):
            return str(self.draw(st.sampled_from(list(inner.values))))
        if isinstance(inner, GraphQLInputObjectType):
            names = self.draw(st.lists(st.sampled_from(list(inner.fields)), max_size=2, unique=True))
            return "{" + ", ".join(f"{name}: {self.value(inner.fields[name].type)}" for name in names) + "}"
        scalars: dict[str, st.SearchStrategy[Any]] = {
            "Int": st.sampled_from([1, 2, 3, 100, 100, 0, 101]),
            "ID": self.ids,
            "String": self.cursors | st.sampled_from(["a", "ac%", "", "\u00e9 x"]),
            "EmailAddress": st.sampled_from(["ada@acme.example", "free@acme.example", "x"]),
            "Boolean": st.sampled_from([True, False]),
            "CountryCode": st.sampled_from(["NL", "SE", "ZZ"]),
            "DateTime": st.sampled_from(["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "x"]),
        }
        return json.dumps(self.draw(scalars[get_named_type(inner).name]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    rich = {"max_cost": MOST, "cost_capacity": 50 * MOST, "cost_refill": 50 * MOST}
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), **rich) as client:
        yield client


class World:
    """Who asks, and all that there is. `statements` are those that were sent since it was emptied."""

    def __init__(self, client: Client, tokens: dict[str, str], lists: dict[str, str], statements: list[str]) -> None:
        self.client, self.tokens, self.statements = client, tokens, statements
        self.visible = {email: keys_in(text) for email, text in lists.items()}
        everything = lists["staff@portico.example"]
        self.ids = sorted(re.findall(rf'"([a-z]+_{KEY.pattern})"', everything))
        self.cursors = sorted(CURSOR.findall(everything))

    async def look_again(self, email: str) -> None:
        """List what there is by now."""
        self.visible[email] |= keys_in(json.dumps(await self.client.data(EVERYTHING, self.tokens[email])))


def keys_in(text: str) -> set[str]:
    """The keys of all rows that an answer tells of: in ids, and inside of cursors."""
    cursors = [base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)) for found in CURSOR.findall(text)]
    return set(KEY.findall(text)) | {key for cursor in cursors for key in KEY.findall(cursor.decode(errors="replace"))}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(client: Client) -> AsyncIterator[World]:
    client.backend.authentication.seconds = 3600
    tokens = {f"{who}.example": await client.session(f"{who}.example") for who in ASKERS}
    lists = {email: json.dumps(await client.data(EVERYTHING, token)) for email, token in tokens.items()}
    statements: list[str] = []
    execute: Callable[..., Any] = Connection._execute

    async def recorded(self: Connection, query: str, *arguments: Any, **options: Any) -> Any:
        statements.append(query)
        return await execute(self, query, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_execute", recorded)
        yield World(client, tokens, lists, statements)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), email=st.sampled_from([f"{who}.example" for who in ASKERS]))
@pytest.mark.asyncio(loop_scope="module")
async def test_any_query_has_an_answer_that_tells_no_more_than_the_lists(
    world: World, data: st.DataObject, email: str
) -> None:
    document = Document(data.draw, world.ids, world.cursors).text()
    world.statements.clear()
    response = await world.client.post({"query": document}, world.tokens[email])
    answer = response.json()
    assert response.status_code < 500, document
    assert set(codes(answer)) <= EXPECTED, document
    if "data" in answer:
        assert len(world.statements) == 1 or any(f": {name}(" in document for name in QUESTIONS), document
        if not keys_in(response.text) <= world.visible[email]:
            await world.look_again(email)  # what was refused meanwhile is in the trail
        assert keys_in(response.text) <= world.visible[email], document
    else:
        assert answer["errors"], document
