"""Backups for tests: makes and changes them, and compares the databases behind them."""

import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from app.backup.archive import Archive, ArchiveWriter
from app.backup.manifest import Manifest
from app.embedded.binaries import wheel_folder
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.resolver_fixtures import SECRET_KEY, acme

PASSPHRASE = "a passphrase for tests"


def passphrase_file(folder: Path, passphrase: str = PASSPHRASE) -> Path:
    """A file with the passphrase of the backups."""
    path = folder / "passphrase"
    path.write_text(f"{passphrase}\n")
    return path


def use(monkeypatch: pytest.MonkeyPatch, url: str, data_dir: Path, key: str | None = SECRET_KEY.decode()) -> None:
    """Let the next commands use the database `url`, this data folder and this key."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(data_dir))
    if key is None:
        monkeypatch.delenv("PORTICO_SECRET_KEY", raising=False)
    else:
        monkeypatch.setenv("PORTICO_SECRET_KEY", key)


async def _add_events(url: str) -> None:
    async with acme(url) as writing:
        events = [
            AuditEntry(AuditKind.USER_UPDATED, changes={"firstName": (f"Ada {n}\t\n\\.", "é🙂")}) for n in range(5)
        ]
        await run_in_transaction(writing, Caller(), lambda work: work.audit(*events))


def make_backup(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path, *options: str) -> Path:
    """A backup of the demo data in `url`, with five audit events and the secret key."""
    in_new_loop(_add_events(url))
    use(monkeypatch, url, folder / "source")
    path = folder / "backup.zip"
    key = () if "--without-key" in options else ("--passphrase-file", str(passphrase_file(folder)))
    assert run(monkeypatch, "backup", str(path), *key, *options) == 0
    return path


def rewrite(path: Path, change: Callable[[Manifest], Manifest], key: bytes = SECRET_KEY) -> Path:
    """A copy of the backup with another manifest, which has a valid code."""
    copy = path.with_name("rewritten.zip")
    with Archive(path) as archive, copy.open("wb") as file, ArchiveWriter(file, lambda _: None) as writer:
        for chunk in archive.dump():
            writer.add(chunk)
        writer.finish(change(archive.manifest), key, None)
    return copy


def replace_member(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of the backup with another member, and valid checksums of the ZIP file."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            target.writestr(member, change(content) if member == name else content)
    return copy


def as_sql(path: Path) -> str:
    """All that a restore of the backup runs, without what differs from one run of pg_dump to the next."""
    with zipfile.ZipFile(path) as archive:
        process = subprocess.run(
            [wheel_folder() / "pg_restore", "--file=-"],
            input=archive.read("database.dump"),
            capture_output=True,
            check=True,
        )
    return re.sub(r"^\\(un)?restrict .*$", "", process.stdout.decode(), flags=re.MULTILINE)


async def scalar(url: str, statement: str) -> object:
    """The first value that a statement returns."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The reason why a command fails."""
    capsys.readouterr()
    assert run(monkeypatch, *arguments) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    return output.err.splitlines()[-1].removeprefix("portico: ")
