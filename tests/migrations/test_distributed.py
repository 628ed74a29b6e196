"""Migrations of a distributed database: `portico migrate` distributes new tables, with all their keys."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

import migrations
from app.cli.migrate import upgrade_database
from app.database.pools import create_write_engine
from app.distribution.catalog import CatalogTable, read_catalog
from app.distribution.distribute import distribute
from app.distribution.steps import missing_references, steps
from app.settings import Settings
from models.distribution.places import place_of
from tests.support.databases import execute, fresh_database, in_new_loop
from tests.support.distribution import citus
from tests.support.distribution.fake_citus import FAKE_CITUS

DISTRIBUTED_AT = "0048"
"""The version that brought `portico distribute`."""


async def catalog_of(connection: AsyncConnection) -> list[CatalogTable]:
    return list(await read_catalog(connection))


@pytest.mark.parametrize("at", [DISTRIBUTED_AT, "head"])
async def test_a_distributed_database_is_migrated(server_url: str, tmp_path: Path, at: str) -> None:
    with fresh_database(server_url, "template0") as url:
        if citus.workers():
            in_new_loop(citus.make_cluster(url))
        engine = create_write_engine(url, max_connections=2)
        try:
            await migrations.upgrade(engine, at)
            if not citus.workers():
                await execute(url, *FAKE_CITUS)
            assert await distribute(engine, lambda _total, _step: None)
            await upgrade_database(Settings(database_url=SecretStr(url), data_dir=tmp_path))
            async with engine.connect() as connection:
                catalog = await catalog_of(connection)
        finally:
            await engine.dispose()
    ours = [table for table in catalog if not table.name.startswith("pg_dist_")]
    assert {table.name: table.placed_by for table in ours} == {table.name: place_of(table.name) for table in ours}
    assert (steps(catalog), missing_references(catalog)) == ((), [])
    [users] = [table for table in catalog if table.name == "users"]
    [external_id] = [key for key in users.keys if "external_id" in key.columns]
    assert external_id.columns == ["tenant_id", "organization_id", "external_id"]
