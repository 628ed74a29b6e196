"""An id of another organization gets the same answer as an id that nobody has, in every mutation.

Generated from the schema: every mutation, every place of its input that takes an id, every kind of caller.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from models import Base, new_id
from schema.operations import Operations
from tests.support.depth import some
from tests.support.mutations.inputs import Filling, Slot, document, slots
from tests.support.mutations.resources import FOREIGN_CLIENT, OWN, add_resources
from tests.support.server import Client, add_demo_world, codes, serving
from tests.support.table_contents import table_contents

pytestmark = pytest.mark.invariant("foreign_ids")

OPERATIONS = Operations()
CALLERS = ["ada@acme.example", "sam@acme.example", "dan@pear.example", "ben@acme.example", "pia@pear.example", None]
"""Every kind of caller except staff, for whom no organization is foreign."""

NO_NODES = {
    "sec": ("SELECT id FROM api_client_secrets WHERE api_client_id = :owner", FOREIGN_CLIENT),
    "whk": ("SELECT id FROM webhooks WHERE organization_id = :owner", named_key("Globex")),
    "whd": ("SELECT id FROM webhook_deliveries WHERE organization_id = :owner", named_key("Globex")),
    "sct": ("SELECT id FROM scim_tokens WHERE maker_id = :owner", named_key("max@globex.example")),
    "dom": ("SELECT id FROM sign_in_domains WHERE organization_id = :owner", named_key("Globex")),
    "psk": ("SELECT id FROM passkeys WHERE user_id = :owner", named_key("max@globex.example")),
    "ses": ("SELECT id FROM sessions WHERE user_id = :owner", named_key("max@globex.example")),
}
"""By prefix, how to find the ids of Globex that aren't those of nodes."""

WRITTEN_BY_REFUSALS = {"attempt_counts", "audit_events", "audit_heads", "cost_buckets", "sessions"}
"""A denial may be audited, a session's last use is recorded, and the caller is charged."""


def mutations() -> Iterator[tuple[str, Slot]]:
    """Every place that takes an id, with its mutation."""
    root = OPERATIONS.schema.mutation_type
    assert root is not None
    for name, field in root.fields.items():
        for slot in slots(field):
            yield name, slot


PLACES = list(mutations())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """The demo data, with users of Globex in every state, and an access review of each organization."""
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as opened:
        await add_resources(opened.backend.engine)
        await opened.session("max@globex.example")
        yield opened


async def stored(client: Client, sql: str, **values: Any) -> list[Any]:
    async with client.backend.engine.connect() as connection:
        return list((await connection.execute(text(sql), values)).scalars())


async def everything(client: Client) -> dict[str, list[str]]:
    """Every row that a rejected mutation must not have written."""
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in WRITTEN_BY_REFUSALS]
    async with client.backend.engine.connect() as connection:
        return await table_contents(connection, tables)


async def foreign_ids(client: Client, prefix: str) -> list[str]:
    """The ids of all resources of Globex that begin with `prefix`."""
    if prefix in NO_NODES:
        sql, owner_id = NO_NODES[prefix]
        return [f"{prefix}_{key}" for key in await stored(client, sql, owner=owner_id)]
    node = OPERATIONS.registry.by_prefix(prefix)
    assert node is not None, f"{prefix}: no type has such ids"
    assert node.model is not None
    owner = "id" if prefix == "org" else "organization_id"
    sql = f"SELECT id FROM {node.model.__tablename__} WHERE {owner} = :globex LIMIT 3"
    keys = await stored(client, sql, globex=named_key("Globex"))
    assert keys, f"{prefix}: there is none of Globex; add one to this test"
    return [f"{prefix}_{key}" for key in keys]


def chosen(place: Slot, tried: str, slot: Slot) -> str:
    """The id for `slot`: `tried` if `slot` is the `place` under test, otherwise one of the caller's organization."""
    if slot == place:
        return tried
    assert slot.prefixes[0] in OWN, f"{slot.prefixes[0]}: add an id of ACME's to this test"
    return f"{slot.prefixes[0]}_{OWN[slot.prefixes[0]]}"


async def answer(client: Client, who: str | None, name: str, place: Slot, tried: str) -> dict[str, Any]:
    """The whole answer to a mutation with `tried` in that place, without the request id and the caller's remaining
    budget, which grows with time."""
    assert OPERATIONS.schema.mutation_type is not None
    field = OPERATIONS.schema.mutation_type.fields[name]
    [version] = await stored(client, "SELECT version FROM users WHERE id = :id", id=OWN["usr"])
    variables = Filling(partial(chosen, place, tried), {"version": version}).arguments(field)
    token = await client.session(who) if who else None
    found = await client.answer(document(name, field), token, **variables)
    assert "INTERNAL" not in codes(found), f"{name} by {who}"
    for error in found.get("errors", ()):
        error["extensions"].pop("requestId", None)
    found["extensions"]["cost"].pop("remaining")
    return found


def test_the_schema_has_places_for_ids() -> None:
    names = {name for name, _ in PLACES}
    assert {"createUser", "updateUser", "resendActivation", "removeUser", "restoreUser"} <= names
    assert ("updateUser", Slot(("input", "contractAccounts", "0"), ("ca",))) in PLACES


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "place"), some(PLACES), ids=str)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_id_of_another_organization_is_one_that_nobody_has(client: Client, name: str, place: Slot) -> None:
    before = await everything(client)
    # The first caller pays for reading the document.
    await answer(client, CALLERS[0], name, place, f"{place.prefixes[0]}_{new_id()}")
    for who in CALLERS:
        for prefix in place.prefixes:
            nobodys = await answer(client, who, name, place, f"{prefix}_{new_id()}")
            for foreign in await foreign_ids(client, prefix):
                assert await answer(client, who, name, place, foreign) == nobodys, who
            if who == "ada@acme.example":
                expect_blame(nobodys, place)
    assert await everything(client) == before


def expect_blame(found: dict[str, Any], place: Slot) -> None:
    """Expect an error about this id, if the caller may use the mutation at all: otherwise the test proves nothing."""
    errors = found["data"]["answer"]["errors"]
    assert errors
    if [error["code"] for error in errors] != ["FORBIDDEN"]:
        # An account that is refused may leave an end behind that has no account.
        assert list(place.path) in [error["path"] for error in errors], found
