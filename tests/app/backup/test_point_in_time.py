"""Point in time recovery as docs/backup.md describes it, with the embedded PostgreSQL."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded
from app.audit.verify import ChainFilter, verify
from app.embedded.binaries import find, wheel_folder
from tests.support.databases import UNSAFE_BUT_QUICK, build, execute, in_new_loop
from tests.support.embedded_server import ask, eventually, public_folder
from tests.support.paths import DOCS
from tests.support.server import add_demo_world

PAGE = (DOCS / "backup.md").read_text()
OPTIONS = {**UNSAFE_BUT_QUICK, "shared_buffers": "16MB", "max_connections": "20"}
EVENT = """
INSERT INTO audit_events (id, kind, address, changes)
VALUES (gen_random_uuid(), 'user.updated', 'cli', '{{"firstName": ["{0}", "Ada"]}}')
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with an archive for the log, which PostgreSQL can write to."""
    folder = public_folder()
    (folder / "wal").mkdir()
    give_to_postgres(folder / "wal")
    yield folder
    shutil.rmtree(folder)


def give_to_postgres(path: Path) -> None:
    account = find().account
    if account is not None:
        subprocess.run(["chown", "-R", f"{account.uid}:{account.gid}", path], check=True)


def documented(block: int, folder: Path, time: str = "") -> dict[str, str]:
    """The settings in a block of the page, with the folders and the time of this test."""
    text = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)[block]
    text = text.replace("/backup/wal", str(folder / "wal")).replace("2026-11-29 12:00:00+00", time)
    return {name: value.strip("'") for name, value in re.findall(r"^(\w+) = (.*)$", text, re.MULTILINE)}


def base_backup(url: str, target: Path) -> None:
    (command,) = re.findall(r"^pg_basebackup (.*)$", PAGE, re.MULTILINE)
    arguments = command.replace("/backup/base", str(target)).split()
    subprocess.run([wheel_folder() / "pg_basebackup", f"--dbname={url}", *arguments], check=True, timeout=60)


def value(url: str, statement: str) -> str:
    return in_new_loop(ask(url, statement))


def test_the_database_returns_to_a_moment_between_two_backups(folder: Path) -> None:
    with embedded.running(folder / "data", {**OPTIONS, **documented(0, folder)}) as url:
        in_new_loop(build(url))
        base_backup(url, folder / "base")
        in_new_loop(add_demo_world(url))
        in_new_loop(execute(url, EVENT.format("before")))
        moment = value(url, "SELECT clock_timestamp()")
        users = value(url, "SELECT count(*) FROM users")
        in_new_loop(execute(url, EVENT.format("after"), "DELETE FROM sessions", "DELETE FROM services"))
        segment = value(url, "SELECT pg_walfile_name(pg_current_wal_lsn())")
        value(url, "SELECT pg_switch_wal()")
        assert eventually((folder / "wal" / segment).exists)

    restored = folder / "restored"
    restored.mkdir(mode=0o711)
    shutil.move(folder / "base", restored / "postgres")
    (restored / "postgres" / "recovery.signal").touch()
    give_to_postgres(restored / "postgres")
    with embedded.running(restored, {**OPTIONS, **documented(1, folder, moment)}) as url:
        assert eventually(lambda: value(url, "SELECT pg_is_in_recovery()") == "False")
        assert value(url, "SELECT count(*) FROM users") == users
        assert int(value(url, "SELECT count(*) FROM services")) > 0
        assert value(url, "SELECT string_agg(changes->'firstName'->>0, ' ') FROM audit_events") == "before"
        result = in_new_loop(verify(url, ChainFilter(), {}, lambda _done, _total: None))
        assert (result.intact, result.events) == (True, 1)
