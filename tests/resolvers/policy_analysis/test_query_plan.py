"""PostgreSQL never reads all users times all resources for queries about everybody's access."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.database.pools import create_inspection_engine
from authz.policy import Policy
from benchmarks.policy import EDITS
from benchmarks.policy_world import Shape, fill
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.diff_sql import change_counts, changed_pairs
from tests.support.databases import in_new_loop
from tests.support.depth import some
from tests.support.paths import POLICY
from tests.support.policies.random_edits import FILE

pytestmark = pytest.mark.one_server("reads the plans of an ordinary database")

SHAPE = Shape("small", organizations=1, users=400, accounts=4_000, services=4_000)
MOST_ROWS = SHAPE.users * SHAPE.accounts // 10
TEXT = POLICY.read_text()


@pytest.fixture(scope="module")
def world(shared_database_url: str) -> str:
    async def made() -> None:
        connection = await asyncpg.connect(shared_database_url)
        try:
            await fill(connection, SHAPE)
        finally:
            await connection.close()

    in_new_loop(made())
    return shared_database_url


async def largest(connection: Any, statement: Select[Any]) -> int:
    """Returns the largest number of rows that any step of the plan processed, including loops."""
    compiled: Any = statement.compile(dialect=dialect.dialect())
    values = [compiled.params[name] for name in compiled.positiontup]
    (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", *values))
    return max(rows_of(plan["Plan"]))


def rows_of(node: dict[str, Any]) -> Iterator[int]:
    removed = sum(number for name, number in node.items() if name.startswith("Rows Removed by"))
    yield int((node["Actual Rows"] + removed) * node["Actual Loops"])
    for inner in node.get("Plans", ()):
        yield from rows_of(inner)


@pytest.mark.matrix
@pytest.mark.parametrize("name", some(EDITS))
async def test_no_step_goes_through_all_pairs(world: str, name: str) -> None:
    old, new = EDITS[name]
    engine = create_inspection_engine(world)
    connection = await asyncpg.connect(world, server_settings={"jit": "off"})
    try:
        async with engine.connect() as reading:
            prepared = await policy_diff.prepare(reading, Policy(TEXT, FILE), Policy(TEXT.replace(old, new), FILE))
        assert prepared.actions
        for action in prepared.actions:
            for statement in (change_counts(prepared.versions, action), changed_pairs(prepared.versions, action, 20)):
                assert await largest(connection, statement) < MOST_ROWS, f"{action.action} {action.model.__name__}"
    finally:
        await connection.close()
        await engine.dispose()
