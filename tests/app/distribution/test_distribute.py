"""`portico distribute`: all or nothing, safe to repeat, and the application works with the keys that it leaves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.pools import create_write_engine
from app.distribution.catalog import CatalogTable, read_catalog
from app.distribution.distribute import CannotDistribute, distribute, pending_steps
from app.distribution.steps import LEFT_OUT, Ddl
from models.distribution.places import COPIED, place_of
from tests.support.databases import execute
from tests.support.distribution.fake_citus import FAKE_CITUS
from tests.support.server import serving
from tests.support.users.journey import look_around, mailed_link, make_user, use_link


@asynccontextmanager
async def engine_for(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_write_engine(url, max_connections=1)
    try:
        yield engine
    finally:
        await engine.dispose()


async def on_connection(url: str, work: Any) -> Any:
    async with engine_for(url) as engine, engine.connect() as connection:
        return await work(connection)


async def distributed(url: str, on_step: Any = lambda total, step: None) -> Sequence[Ddl]:
    async with engine_for(url) as engine:
        return await distribute(engine, on_step)


async def catalog_of(url: str) -> dict[str, CatalogTable]:
    async def work(connection: AsyncConnection) -> dict[str, CatalogTable]:
        return {table.name: table for table in await read_catalog(connection)}

    tables: dict[str, CatalogTable] = await on_connection(url, work)
    return tables


async def test_a_server_without_citus_is_refused(database_url: str) -> None:
    with pytest.raises(CannotDistribute, match="CREATE EXTENSION citus"):
        await on_connection(database_url, pending_steps)


async def test_a_cluster_without_workers_is_refused(database_url: str) -> None:
    await execute(database_url, *FAKE_CITUS, "DELETE FROM pg_dist_node")
    with pytest.raises(CannotDistribute, match="citus_add_node"):
        await on_connection(database_url, pending_steps)


async def test_an_old_citus_is_refused(database_url: str) -> None:
    old = "CREATE OR REPLACE FUNCTION citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 12.1.3 on x' $$"
    await execute(database_url, *FAKE_CITUS, old)
    with pytest.raises(CannotDistribute, match=r"Citus is 12\.1; it must be 13\.0 or later"):
        await on_connection(database_url, pending_steps)


async def test_every_table_is_distributed_and_nothing_is_left_to_do(demo_database_url: str) -> None:
    await execute(demo_database_url, *FAKE_CITUS)
    before = await catalog_of(demo_database_url)
    done = await distributed(demo_database_url)
    after = await catalog_of(demo_database_url)
    assert {name: table.placed_by for name, table in after.items()} == {name: place_of(name) for name in after}
    for name, table in after.items():
        for key in table.keys:
            assert table.placed_by in (None, COPIED) or table.placed_by in key.columns, key
        assert table.triggers == [trigger for trigger in before[name].triggers if trigger.name not in LEFT_OUT]
    assert done
    assert await distributed(demo_database_url) == ()


async def test_a_failure_leaves_the_database_as_it_was(demo_database_url: str) -> None:
    await execute(demo_database_url, *FAKE_CITUS)
    before = await catalog_of(demo_database_url)

    def fail(total: int, step: Ddl) -> None:
        if step.description == "Distribute users by tenant_id":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await distributed(demo_database_url, fail)
    assert await catalog_of(demo_database_url) == before


async def test_a_user_is_made_and_signs_in_with_these_keys(demo_database_url: str, tmp_path: Path) -> None:
    await execute(demo_database_url, *FAKE_CITUS)
    await distributed(demo_database_url)
    async with serving(demo_database_url, tmp_path, mail_worker=True) as client:
        user_id = await make_user(client)
        await use_link(client, await mailed_link(tmp_path, "nora@pear.example"))
        await look_around(client, user_id)
