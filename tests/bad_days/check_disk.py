"""The disk of PostgreSQL is full: changes are refused with a code, nothing that was confirmed is lost, and all goes on
when there is room again.

It takes a file system of its own, in memory, which only root can mount: for others, the check is skipped.
"""

import asyncio
from pathlib import Path

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import own_postgres
from tests.support.bad_days.small_disk import small_disk
from tests.support.server_process import process

MEBIBYTES = 400
LITTLE_WAL = {"min_wal_size": "32MB", "max_wal_size": "64MB"}


async def test_the_disk_of_the_database_is_full(tmp_path: Path) -> None:
    with small_disk(MEBIBYTES) as disk, own_postgres(LITTLE_WAL, home=disk.folder) as postgres:
        async with process(postgres.url, tmp_path, settings=SETTINGS) as server:
            customers = await customers_of(server)
            customers.start()
            await customers.progress()
            await asyncio.to_thread(disk.fill)
            await customers.until_failure("UNAVAILABLE")
            disk.make_room()
            # What an operator, or systemd, does if PostgreSQL stopped because it couldn't write its log.
            await asyncio.to_thread(postgres.start)
            await customers.progress()
            await customers.stop()
            await expect_nothing_lost(postgres.url, customers)
            log = server.log.read_text()
    assert "DiskFullError (SQLSTATE 53100)" in log
    assert "Traceback" not in log
