"""Every mutation of the schema that is sent twice under an idempotency key runs once, and is answered the same twice.

The inputs are generated from the schema, so a new mutation is tested without further ado. That a killed process leaves
the key as it leaves the change is in `test_failures.py`.
"""

from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLField
from sqlalchemy import text

from models import Base, new_id
from schema.operations import Operations
from tests.support.depth import THOROUGH, some
from tests.support.mutations.inputs import Filling, Slot, document
from tests.support.mutations.resources import OWN, add_resources
from tests.support.server import Client, serving

pytestmark = pytest.mark.invariant("idempotency")

CALLERS = ("ada@acme.example", "staff@portico.example", "sue@acme.example")
TRANSIENT = {"UNAUTHENTICATED", "RATE_LIMITED"}
"""Such answers are not kept: sent again, the mutation may succeed."""

BESIDE = {"cost_buckets", "idempotency_keys", "sessions"}
"""Whoever asks again pays again, and has a session."""


def chosen(slot: Slot) -> str:
    """The id of a resource of ACME, if there is one beside the demo data, or of nothing."""
    prefix = slot.prefixes[0]
    return f"{prefix}_{OWN.get(prefix) or new_id()}"


TABLES = [table.name for table in Base.metadata.sorted_tables if table.name not in BESIDE]
EVERYTHING = " UNION ALL ".join(f"SELECT '{name}', to_jsonb(t)::text FROM {name} t" for name in TABLES)
"""Every row that the second request must not write."""


async def everything(client: Client) -> list[Any]:
    async with client.backend.engine.connect() as connection:
        return list((await connection.execute(text(f"{EVERYTHING} ORDER BY 1, 2"))).all())


async def send_twice(client: Client, who: str, name: str, field: GraphQLField) -> list[str]:
    """Send a mutation twice under one key, the second time in another session. Returns the codes of its errors."""
    async with client.backend.engine.connect() as connection:
        read = await connection.execute(text("SELECT version FROM users WHERE id = :id"), {"id": OWN["usr"]})
        version = read.scalar_one()
    variables = Filling(chosen, {"version": version}).arguments(field)
    body, headers = {"query": document(name, field), "variables": variables}, {"Idempotency-Key": str(uuid4())}
    first = await client.post(body, await client.session(who), **headers)
    assert "errors" not in first.json(), f"{name} by {who}: {first.json()}"
    errors = [error["code"] for error in first.json()["data"]["answer"]["errors"]]
    if not TRANSIENT.isdisjoint(errors):
        return errors
    before = await everything(client)
    again = await client.post(body, await client.session(who), **headers)
    assert again.headers.get("idempotency-replayed") == "true", f"{name} by {who}"
    assert again.json()["data"] == first.json()["data"], f"{name} by {who}"
    assert await everything(client) == before, f"{name} by {who}"
    return errors


@pytest.mark.matrix
async def test_each_mutation_runs_once_under_a_key(demo_database_url: str, tmp_path_factory: Any) -> None:
    root = Operations().schema.mutation_type
    assert root is not None
    succeeded = set()
    rich = {"cost_capacity": 10_000_000, "cost_refill": 10_000_000}
    async with serving(demo_database_url, tmp_path_factory.mktemp("data"), **rich) as client:
        await add_resources(client.backend.engine)
        for name, field in some(root.fields.items()):
            for who in CALLERS:
                errors = await send_twice(client, who, name, field)
                if not errors:
                    succeeded.add(name)
                if "FORBIDDEN" not in errors:
                    break
    assert len(succeeded) >= 12 or not THOROUGH, "the others were refused, which proves less"
