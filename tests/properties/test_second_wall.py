"""Under a policy that allows everybody everything, a member of an organization still sees and changes nothing of
another: the wall at its border doesn't depend on the policy."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.database.pools import normalize_url
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.access import Access
from authz.actor import Actor, ActorKind, Traits
from models import Organization, Permission, Scope, new_id
from resolvers.query.registry import ToMany
from resolvers.query.selection import Request
from resolvers.query.session_guard import sessionless_parameters
from resolvers.query.statement import build
from tests.support.border.open_policy import open_policy
from tests.support.border.whole_queries import OPERATIONS, SCHEMA, whole_queries
from tests.support.depth import THOROUGH, some
from tests.support.mutations.inputs import Filling, Slot, document, slots
from tests.support.mutations.resources import CLIENT, OWN, add_resources
from tests.support.server import Client, add_demo_world, serving

pytestmark = [pytest.mark.invariant("second_wall"), pytest.mark.asyncio(loop_scope="module")]

Ids = dict[str, set[str]]
"""Ids of rows, by prefix."""

ADA = named_key("ada@acme.example")
HOME = named_key(ACME)
MEMBER = Actor(ADA, HOME, Traits(ActorKind.MEMBER, permissions=frozenset(Permission)), version=1)
PROGRAM = Actor(ADA, HOME, Traits(ActorKind.CLIENT, scopes=frozenset(Scope)), version=1, client_id=CLIENT)
NODES = {type_.prefix: type_.model for type_ in OPERATIONS.registry.objects.values() if type_.model is not None}
PUBLIC_ID = re.compile(rf"\b({'|'.join(NODES)})_[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}\b")
IDLE = timedelta(hours=2)
EVENTS = """INSERT INTO audit_events (id, organization_id, kind, actor_id, subject_id)
SELECT gen_random_uuid(), organization.id, 'user.updated', actor.id, subject.id
FROM organizations AS organization, users AS actor, users AS subject
WHERE actor.email IN ('ada@acme.example', 'max@globex.example', 'staff@portico.example')
  AND subject.email IN ('sue@acme.example', 'max@globex.example', 'staff@portico.example')"""
"""Of each organization, by and about people of any, because no foreign key prevents it."""
LISTS = {
    field.target: name
    for name, field in OPERATIONS.registry.objects["Query"].fields.items()
    if isinstance(field, ToMany)
}
"""The list at the root of a query of each type."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    rich = {"cost_capacity": 10_000_000, "cost_refill": 10_000_000}
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), None, open_policy(), **rich) as client:
        await add_resources(client.backend.engine)
        async with client.backend.engine.begin() as connection:
            await connection.execute(text(EVENTS))
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connection(client: Client, shared_database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(normalize_url(shared_database_url))
    yield connection
    await connection.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own(connection: Any) -> Ids:
    """All rows of ACME."""
    return await ids(connection, "=")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def foreign(connection: Any) -> Ids:
    """All rows of others."""
    return await ids(connection, "IS DISTINCT FROM")


async def ids(connection: Any, operator: str) -> Ids:
    found = {}
    for prefix, model in NODES.items():
        owner = "id" if model is Organization else "organization_id"
        rows = await connection.fetch(f"SELECT id FROM {model.__tablename__} WHERE {owner} {operator} $1", HOME)
        found[prefix] = {f"{prefix}_{row['id']}" for row in rows}
    return found


async def read(connection: Any, actor: Actor, query: str, variables: Any) -> list[str]:
    """The texts of the answers, from both forms of the statement."""
    request = OPERATIONS.prepare(query, None, variables)
    assert isinstance(request, Request)
    answers = []
    for large in (False, True):
        access = Access(open_policy(), actor.traits)
        planned = build(OPERATIONS.registry, access, request.selection, guarded=False, large=large)
        arguments = planned.arguments(sessionless_parameters(actor, IDLE), request.values)
        answers.append(await connection.fetchval(planned.sql, *arguments))
    return answers


def strangers(answer: str, own: Ids) -> set[str]:
    """The ids in an answer that are not of rows of the organization."""
    return {match[0] for match in PUBLIC_ID.finditer(answer) if match[0] not in own[match[1]]}


@pytest.mark.matrix
@pytest.mark.parametrize("actor", [MEMBER, PROGRAM], ids=["member", "program"])
async def test_everything_that_can_be_read_is_of_the_own_organization(connection: Any, own: Ids, actor: Actor) -> None:
    found: Counter[str] = Counter()
    for name, query, variables in some(whole_queries(lambda prefix: next(iter(own[prefix])), filtered=False)):
        for answer in await read(connection, actor, query, variables):
            assert not strangers(answer, own), name
            found.update(match[1] for match in PUBLIC_ID.finditer(answer))
    assert found.keys() == NODES.keys() or not THOROUGH


@pytest.mark.parametrize("type_", LISTS)
async def test_a_list_counts_the_rows_of_the_own_organization(
    connection: Any, own: Ids, foreign: Ids, type_: str
) -> None:
    prefix = OPERATIONS.registry.objects[type_].prefix
    asked = f"query ($i: [ID!]) {{ all: {LISTS[type_]} {{ totalCount }} "
    asked += f"theirs: {LISTS[type_]}(filter: {{ids: $i}}) {{ totalCount nodes {{ id }} }} }}"
    for answer in await read(connection, MEMBER, asked, {"i": sorted(foreign[prefix])[:100]}):
        assert json.loads(answer) == {
            "all": {"totalCount": len(own[prefix])},
            "theirs": {"totalCount": 0, "nodes": []},
        }


@pytest.mark.parametrize("type_", ["User", "Service", "ContractAccount", "DeliveryAccount"])
async def test_no_word_finds_what_is_of_another_organization(connection: Any, foreign: Ids, type_: str) -> None:
    prefix = OPERATIONS.registry.objects[type_].prefix
    query = f"query ($s: String) {{ found: {LISTS[type_]}(filter: {{search: $s}}) {{ totalCount nodes {{ id }} }} }}"
    for id_ in sorted(foreign[prefix])[:3]:
        name = {"User": "email", "Service": "code"}.get(type_, "name")
        sql = f"SELECT {name} FROM {NODES[prefix].__tablename__} WHERE id = $1"
        word = await connection.fetchval(sql, UUID(id_.partition("_")[2]))
        for answer in await read(connection, MEMBER, query, {"s": word}):
            assert id_ not in answer


async def test_no_id_leads_to_a_row_of_another_organization(connection: Any, foreign: Ids) -> None:
    for found in foreign.values():
        for id_ in sorted(found)[:3]:
            for answer in await read(connection, MEMBER, "query ($i: ID!) { node(id: $i) { id } }", {"i": id_}):
                assert json.loads(answer) == {"node": None}


def places() -> Iterator[tuple[str, Slot]]:
    """Every place of a mutation that takes the id of a node."""
    root = SCHEMA.mutation_type
    assert root is not None
    for name, field in root.fields.items():
        yield from ((name, slot) for slot in slots(field) if slot.prefixes[0] in NODES)


PLACES = list(places())


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "place"), some(PLACES), ids=str)
async def test_no_mutation_reaches_a_row_of_another_organization(
    client: Client, foreign: Ids, name: str, place: Slot
) -> None:
    root = SCHEMA.mutation_type
    assert root is not None
    field = root.fields[name]

    async def answer(tried: str) -> Any:
        def chosen(slot: Slot) -> str:
            return tried if slot == place else f"{slot.prefixes[0]}_{OWN[slot.prefixes[0]]}"

        variables = Filling(chosen, {"version": 1}).arguments(field)
        found = await client.answer(document(name, field), await client.session("ada@acme.example"), **variables)
        found.pop("extensions")
        return found

    for prefix in place.prefixes:
        nobodys = await answer(f"{prefix}_{new_id()}")
        assert nobodys["data"]["answer"]["errors"]
        for tried in sorted(foreign[prefix])[:2]:
            assert await answer(tried) == nobodys
