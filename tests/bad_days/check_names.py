"""The name of the database can't be resolved for a while.

It takes a file `/etc/hosts` of the server's own, which only root can give it: for others, the check is skipped.
"""

import subprocess
from pathlib import Path

import pytest

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import checks, until_ready
from tests.support.bad_days.silent_proxy import silent_proxy
from tests.support.databases import execute
from tests.support.server_process import PROGRAM, process

NAME = "database.portico.test"
LOCAL = "127.0.0.1 localhost\n"
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'portico%'"

MOUNTED = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
call(libc.unshare, 0x20000)  # CLONE_NEWNS: what is mounted here is seen by this process and its children only
call(libc.mount, b"none", b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
for ours, theirs in {files!r}.items():
    call(libc.mount, ours.encode(), theirs.encode(), None, 0x1000, None)  # MS_BIND
"""


async def test_the_name_of_the_database_cannot_be_resolved(postgres: OwnPostgres, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user may not mount files")
    hosts, servers = tmp_path / "hosts", tmp_path / "resolv.conf"
    known = f"{LOCAL}127.0.0.1 {NAME}\n"
    hosts.write_text(known)
    # Nobody answers there.
    servers.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    program = MOUNTED.format(files={str(hosts): "/etc/hosts", str(servers): "/etc/resolv.conf"}) + PROGRAM
    async with silent_proxy(postgres.socket) as network:
        url = f"postgresql://postgres@{NAME}:{network.port}/postgres"
        async with process(url, tmp_path, settings=SETTINGS, program=program) as server:
            customers = await customers_of(server)
            customers.start()
            await customers.progress()
            hosts.write_text(LOCAL)
            await execute(postgres.url, END_SESSIONS)
            await customers.until_failure("UNAVAILABLE")
            assert await checks(server) == (503, "away")
            hosts.write_text(known)
            await customers.progress()
            await until_ready(server)
            await customers.stop()
            await expect_nothing_lost(postgres.url, customers)
            log = server.log.read_text()
    assert "in name resolution" in log or "Name or service not known" in log
    assert "Traceback" not in log
