"""How PostgreSQL runs the questions about everybody: never through all users times all things."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.database.pools import inspecting_engine
from authz.policy import Policy
from benchmarks.policy import EDITS
from benchmarks.policy_world import Shape, fill
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.diff_sql import change_counts, changed_pairs
from tests.support.databases import in_new_loop
from tests.support.paths import POLICY
from tests.support.policy_edits import FILE

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
    """The most rows that any step of the plan went through, loops included."""
    compiled: Any = statement.compile(dialect=dialect.dialect())
    values = [compiled.params[name] for name in compiled.positiontup]
    (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", *values))
    return max(rows_of(plan["Plan"]))


def rows_of(node: dict[str, Any]) -> Iterator[int]:
    removed = sum(number for name, number in node.items() if name.startswith("Rows Removed by"))
    yield int((node["Actual Rows"] + removed) * node["Actual Loops"])
    for inner in node.get("Plans", ()):
        yield from rows_of(inner)


@pytest.mark.parametrize("name", EDITS)
async def test_no_step_goes_through_all_pairs(world: str, name: str) -> None:
    old, new = EDITS[name]
    engine = inspecting_engine(world)
    connection = await asyncpg.connect(world, server_settings={"jit": "off"})
    try:
        async with engine.connect() as asked:
            prepared = await policy_diff.prepare(asked, Policy(TEXT, FILE), Policy(TEXT.replace(old, new), FILE))
        assert prepared.changed
        for one in prepared.changed:
            for statement in (change_counts(prepared.versions, one), changed_pairs(prepared.versions, one, 20)):
                assert await largest(connection, statement) < MOST_ROWS, f"{one.action} {one.model.__name__}"
    finally:
        await connection.close()
        await engine.dispose()
