"""The data folder is full, or read-only: queries and changes go on, mails as files wait, and a new policy is loaded all
the same.

It takes a file system of its own, which only root can mount: for others, the check is skipped.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.mails import send_now, until_all_sent
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import until_logged
from tests.support.bad_days.small_disk import SmallDisk, small_disk
from tests.support.paths import POLICY
from tests.support.policies import check_cache
from tests.support.server_process import process

CASES = {
    "No space left on device": (SmallDisk.fill, SmallDisk.make_room),
    "Read-only file system": (SmallDisk.make_read_only, SmallDisk.make_writable),
}


@pytest.mark.parametrize(("reason", "begin", "end"), [(reason, *case) for reason, case in CASES.items()])
async def test_nothing_can_be_written_to_the_data_folder(
    postgres: OwnPostgres,
    tmp_path: Path,
    reason: str,
    begin: Callable[[SmallDisk], None],
    end: Callable[[SmallDisk], None],
) -> None:
    policy = tmp_path / POLICY.name
    for file in (POLICY, POLICY.with_suffix(".never")):
        shutil.copy(file, tmp_path)
    with small_disk(16) as disk:
        check_cache.seed(disk.folder)
        settings = {**SETTINGS, "PORTICO_DATA_DIR": str(disk.folder), "PORTICO_POLICY": str(policy)}
        async with process(postgres.url, tmp_path, settings=settings) as server:
            customers = await customers_of(server)
            customers.start()
            await customers.progress()
            begin(disk)
            await until_logged(server, rf"The mail file could not be written: .*{reason}")
            policy.write_text(f"{POLICY.read_text()}# another version\n")
            await until_logged(server, r"Policy \S+ has replaced \S+")
            await customers.progress()
            assert (await server.http.get("/readyz")).status_code == 200
            end(disk)
            await send_now(postgres.url)
            await until_all_sent(postgres.url)
            await customers.stop()
            await expect_nothing_lost(postgres.url, customers)
            log = server.log.read_text()
        assert customers.failures == {}
    assert f"can't be cached ({reason})" in log
    assert "Traceback" not in log
