"""An id of another organization gets the same answer as an id that nobody has, in every query.

Generated from the schema: every field of the query root, every place of its arguments that takes an id, and several
kinds of callers. The filters of lists are about rows that are seen anyway (`test_second_wall.py`).
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from sqlalchemy import text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import Organization, new_id
from schema.operations import Operations
from tests.support.depth import some
from tests.support.mutations.inputs import Filling, Slot, holds_ids
from tests.support.mutations.resources import OWN, add_resources
from tests.support.server import Client, add_demo_world, codes, serving

pytestmark = pytest.mark.invariant("foreign_ids")

OPERATIONS = Operations()
NODES = {type_.prefix: type_.model for type_ in OPERATIONS.registry.objects.values() if type_.model is not None}
NODE_TYPES = {type_.name for type_ in OPERATIONS.registry.objects.values() if type_.model is not None}
DEEPEST = 3
CALLERS = ("ada@acme.example", "sam@acme.example", "pia@pear.example", None)
BY_NAME = {"organization": ("org",), "service": ("svc",), "account": ("ca", "da"), "user": ("usr",)}
"""The prefixes of ids in arguments that say what they take; the others take any."""

OWN_IDS = {**OWN, "svc": named_key(f"{ACME}/service/SVC-000001")}
"""Rows of ACME by prefix."""


def questions() -> Iterator[tuple[str, Slot]]:
    """Every place that takes an id, with the field of the query root."""
    root = OPERATIONS.schema.query_type
    assert root is not None
    for name, field in root.fields.items():
        found: list[Slot] = []
        _arguments(field, lambda slot, found=found: found.append(slot) or "")
        yield from ((name, slot) for slot in found)


def _arguments(field: GraphQLField, id_for: Any) -> dict[str, Any]:
    """The arguments of the field with ids, and whatever is required. Filters of lists are left out."""
    filling = Filling(id_for, {"time": datetime.now(UTC).isoformat()})
    values = {}
    for name, argument in field.args.items():
        if name != "filter" and (is_required_argument(argument) or holds_ids(argument.type)):
            prefixes = BY_NAME.get(name, tuple(NODES))
            values[name] = "VIEW" if name == "action" else filling._value(argument.type, (name,), prefixes)
    return values


def query(name: str, field: GraphQLField, given: dict[str, Any]) -> str:
    """The query with these arguments, and the values of its result."""
    variables = ", ".join(f"${each}: {field.args[each].type}" for each in given)
    arguments = ", ".join(f"{each}: ${each}" for each in given)
    return f"query ({variables}) {{ answer: {name}({arguments}) {{ {_selection(get_named_type(field.type), 0)} }} }}"


def _selection(type_: Any, depth: int) -> str:
    """The values of an object, and of the objects in it that aren't nodes."""
    asked = ["__typename"]
    for name, part in type_.fields.items():
        named = get_named_type(part.type)
        if any(is_required_argument(argument) for argument in part.args.values()):
            continue
        if is_leaf_type(named):
            asked.append(name)
        elif named.name.endswith("Connection"):
            asked.append(f"{name} {{ totalCount }}")
        elif isinstance(named, GraphQLObjectType) and named.name not in NODE_TYPES and depth < DEEPEST:
            asked.append(f"{name} {{ {_selection(named, depth + 1)} }}")
    return " ".join(asked)


PLACES = [(name, place) for name, place in questions() if name != "emailAvailability"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    rich = {"cost_capacity": 10_000_000, "cost_refill": 10_000_000}
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), **rich) as opened:
        await add_resources(opened.backend.engine)
        yield opened


def own_id(prefix: str) -> str:
    return f"{prefix}_{OWN_IDS[prefix]}"


async def foreign_id(client: Client, prefix: str) -> str:
    owner = "id" if NODES[prefix] is Organization else "organization_id"
    sql = f"SELECT id FROM {NODES[prefix].__tablename__} WHERE {owner} = :globex LIMIT 1"
    async with client.backend.engine.connect() as connection:
        key = (await connection.execute(text(sql), {"globex": named_key("Globex")})).scalar_one_or_none()
    # A kind of row that Globex has none of can't be told apart from one that nobody has.
    return f"{prefix}_{key or new_id()}"


async def answer(client: Client, who: str | None, name: str, place: Slot, tried: str) -> dict[str, Any]:
    """The whole answer, without the request id and what it cost, which depends on the time that it took."""
    assert OPERATIONS.schema.query_type is not None
    field = OPERATIONS.schema.query_type.fields[name]

    def chosen(slot: Slot) -> str:
        return tried if slot == place else own_id(next(prefix for prefix in slot.prefixes if prefix in OWN_IDS))

    given = _arguments(field, chosen)
    if "input" in given:
        # Without what excludes the place: a change of a user's access in one way.
        user = {"user": own_id("usr")}
        given["input"] = user | {place.path[1]: given["input"][place.path[1]]}
    token = await client.session(who) if who else None
    found = await client.answer(query(name, field, given), token, **given)
    assert "INTERNAL" not in codes(found), f"{name} by {who}"
    for error in found.get("errors", ()):
        error["extensions"].pop("requestId", None)
    found.pop("extensions")
    return found


def test_the_schema_has_queries_with_ids() -> None:
    names = {name for name, _ in PLACES}
    assert {"node", "accessPreview", "whoCan", "explainAccess", "accessAt", "simulateUserLeaving"} <= names


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "place"), some(PLACES), ids=str)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_id_of_another_organization_is_one_that_nobody_has(client: Client, name: str, place: Slot) -> None:
    admin, told_apart = CALLERS[0], set()
    for who in CALLERS:
        for prefix in place.prefixes:
            nobodys = await answer(client, who, name, place, f"{prefix}_{new_id()}")
            assert await answer(client, who, name, place, await foreign_id(client, prefix)) == nobodys, (who, prefix)
            if who == admin and prefix in OWN_IDS and await answer(client, who, name, place, own_id(prefix)) != nobodys:
                told_apart.add(prefix)
    # Otherwise the question is refused for another reason, and the test proves nothing.
    assert told_apart
