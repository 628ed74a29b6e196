"""A real PgBouncer, where one is installed (Debian's package `pgbouncer`), or the one at PORTICO_TEST_PGBOUNCER."""

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

PROGRAM = os.environ.get("PORTICO_TEST_PGBOUNCER") or shutil.which(
    "pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin"
)

MANAGES_STATEMENTS = 1, 21
"""From this version on, PgBouncer manages the prepared statements of its clients in transaction mode."""

CONFIGURATION = """
[databases]
{database} = host={host} dbname={database} user=postgres

[pgbouncer]
listen_port = 5432
unix_socket_dir = {folder}
auth_type = any
pool_mode = {mode}
default_pool_size = 50
pidfile = {folder}/pgbouncer.pid
logfile = {folder}/pgbouncer.log
{more}
"""


def manages_statements() -> bool:
    """Whether the installed PgBouncer, if there is one, manages prepared statements."""
    if PROGRAM is None:
        return False
    output = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", output)
    return version is not None and (int(version[1]), int(version[2])) >= MANAGES_STATEMENTS


@asynccontextmanager
async def pgbouncer(database_url: str, mode: str, *more: str) -> AsyncIterator[str]:
    """Run PgBouncer for the database until the end of the block, and yield its URL. `more` are lines of its
    configuration."""
    assert PROGRAM
    address = urlsplit(database_url)
    host, database = Path(parse_qs(address.query)["host"][0]), address.path[1:]
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    file = folder / "pgbouncer.ini"
    text = CONFIGURATION.format(database=database, host=host, folder=folder, mode=mode, more="\n".join(more))
    file.write_text(text)
    # It refuses to run as root, and the server's socket is open to its own user only.
    owner = pwd.getpwuid(host.stat().st_uid)
    if os.geteuid() == 0:
        shutil.chown(folder, owner.pw_uid)
    identity = ("-u", owner.pw_name) if os.geteuid() == 0 else ()
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *identity, str(file), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            while not (folder / ".s.PGSQL.5432").exists():
                assert process.returncode is None, "PgBouncer did not start"
                await asyncio.sleep(0.02)
        yield f"postgresql://postgres@/{database}?host={quote(str(folder), safe='/')}"
    finally:
        process.kill()
        await process.wait()
        shutil.rmtree(folder)
