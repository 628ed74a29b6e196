"""An upgrade without downtime: while the new version migrates, the former one answers every request, stays ready, and
may be started again. After a migration that takes something away, it says that it can't serve.

The newer versions are copies of this one with one more migration each. `make test-upgrade` runs this.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

import migrations
from tests.support.paths import ROOT
from tests.support.resolver_fixtures import SECRET_KEY, SOUTH
from tests.support.server import add_demo_world
from tests.support.server_process import PROGRAM, Server, process

EXPAND = '''"""A column and an index."""

from alembic import op

from migrations import online

revision = "9998"
down_revision = "{head}"


def upgrade() -> None:
    """Add them."""
    op.execute("ALTER TABLE services ADD COLUMN IF NOT EXISTS color text")
    online.create_index("ix_services_color", "services", ["organization_id", "color"])
'''
CONTRACT = '''"""A column that the versions before 9998 use."""

from alembic import op

revision = "9999"
down_revision = "9998"
serves_from = "9998"


def upgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE services DROP COLUMN city CASCADE")
'''

QUERY = "{ services(first: 5) { totalCount nodes { code name contractAccount { name } } } }"
CREATE = """mutation ($email: EmailAddress!, $account: ID!) {
  createUser(input: {email: $email, firstName: "Kim", lastName: "Lee", contractAccounts: [$account]}) {
    user { email } errors { code }
  }
}"""

CACHES = ("__pycache__", "node_modules")


def newer(folder: Path, **scripts: str) -> Path:
    """A copy of this version in `folder`, with more migrations."""
    skipped = shutil.ignore_patterns(*CACHES, ".*", "tests", "docs", "console", "benchmarks")
    shutil.copytree(ROOT, folder, ignore=lambda path, names: skipped(path, names) if Path(path) == ROOT else {*CACHES})
    for name, script in scripts.items():
        (folder / f"migrations/versions/{name.lstrip('_')}.py").write_text(script)
    return folder


async def command(database_url: str, folder: Path, root: Path, *arguments: str) -> tuple[int, str]:
    """Run `portico` from `root`. Returns its exit code, and all that it wrote."""
    environment = {
        "DATABASE_URL": database_url,
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
        "PATH": os.environ["PATH"],
    }
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, *arguments),
        cwd=root,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, written.decode()


class Traffic:
    """Reads and changes until it is stopped, and remembers what failed."""

    def __init__(self, server: Server) -> None:
        self.failures: list[str] = []
        self.done = 0
        self._server = server
        self._stopped = False
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._change())]

    async def _read(self) -> None:
        while not self._stopped:
            await self._ask({"query": QUERY})

    async def _change(self) -> None:
        while not self._stopped:
            variables = {"email": f"kim{self.done}@acme.example", "account": f"ca_{SOUTH}"}
            await self._ask({"query": CREATE, "variables": variables})

    async def _ask(self, body: dict[str, object]) -> None:
        answer = await self._server.http.post("/graphql", json=body)
        found = answer.json()
        if answer.status_code != 200 or "errors" in found or found["data"].get("createUser", {}).get("errors"):
            self.failures.append(answer.text)
        self.done += 1

    async def stop(self) -> None:
        self._stopped = True
        await asyncio.gather(*self._tasks)


@pytest.mark.timeout(600)
async def test_the_former_version_serves_during_and_after_a_migration(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    expanded = newer(tmp_path / "expanded", _9998=EXPAND.format(head=migrations.head()))
    contracted = newer(tmp_path / "contracted", _9998=EXPAND.format(head=migrations.head()), _9999=CONTRACT)
    data = tmp_path / "data"
    data.mkdir()
    async with process(database_url, data) as server:
        server.http.headers["Authorization"] = f"Bearer {await server.token()}"
        traffic = Traffic(server)
        assert (await command(database_url, data, expanded, "migrate", "--check"))[0] == 1
        code, written = await command(database_url, data, expanded, "migrate")
        assert (code, written.splitlines()[-1]) == (0, f"Migrated: {migrations.head()} -> 9998")
        seen = traffic.done
        while traffic.done < seen + 20:
            await asyncio.sleep(0.05)
        await traffic.stop()
        assert traffic.failures == []
        assert (await server.http.get("/readyz")).json()["checks"] == {"database": "ok", "migrations": "ok"}
    # A machine that restarts in the middle of the upgrade.
    async with process(database_url, data) as server:
        assert (await server.http.get("/readyz")).status_code == 200
        assert "has the migration 9998 of a newer Portico, on which this one serves" in server.log.read_text()
        assert (await command(database_url, data, contracted, "migrate"))[0] == 0
        answer = await server.http.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, f"9999, not {migrations.head()}")
    code, written = await command(database_url, data, ROOT, "migrate")
    assert code == 1
    assert "install a version that has the migration 9998" in written
    assert (await command(database_url, data, expanded, "migrate"))[0] == 0
