"""`portico restore`: what comes back is what was there, or nothing has changed."""

import asyncio
import dataclasses
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from app.embedded.binaries import wheel_folder
from app.embedded.postmaster import find_postmaster
from tests.support.backups.backup_files import as_sql, make_backup, passphrase_file, refused, rewrite, scalar, use
from tests.support.cli import run
from tests.support.databases import execute, in_new_loop
from tests.support.embedded_server import eventually
from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY

OTHER_KEY = "another key for tests, of 32 bytes"


def test_what_was_backed_up_comes_back_on_another_machine(
    backup: Path,
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    use(monkeypatch, empty_database_url, tmp_path / "target", key=None)
    assert run(monkeypatch, "restore", str(backup), "--passphrase-file", str(passphrase_file(tmp_path))) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^Restored \d+ rows in \d+ tables of \d{4}-\d\d-\d\d .* UTC\.$", printed, re.MULTILINE)
    assert "The secret key of the backup was put into the data folder." in printed
    assert "Audit trail: intact, 5 events in 1 chain." in printed
    key = tmp_path / "target" / "secret_key"
    assert (key.read_text().encode(), stat.S_IMODE(key.stat().st_mode)) == (SECRET_KEY, 0o600)
    again = tmp_path / "again.zip"
    assert run(monkeypatch, "backup", str(again), "--without-key") == 0
    assert as_sql(again) == as_sql(backup)


def count_users(url: str) -> object:
    return in_new_loop(scalar(url, "SELECT count(*) FROM users"))


def test_a_database_that_is_not_empty_is_replaced_only_on_demand(
    backup: Path, demo_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_new_loop(execute(demo_database_url, "DELETE FROM sessions", "UPDATE users SET first_name = 'Changed'"))
    changed = "SELECT count(*) FROM users WHERE first_name = 'Changed'"
    reason = refused(monkeypatch, capsys, "restore", str(backup))
    assert reason.startswith("the database isn't empty (migration 0")
    assert "--replace" in reason
    assert in_new_loop(scalar(demo_database_url, changed)) == count_users(demo_database_url)
    assert run(monkeypatch, "restore", str(backup), "--replace") == 0
    assert re.search(r"The former contents \(migration \d+\) were dropped\.", capsys.readouterr().out)
    assert in_new_loop(scalar(demo_database_url, changed)) == 0


def test_a_database_in_use_is_not_replaced(
    backup: Path, demo_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with asyncio.Runner() as runner:
        settings = {"application_name": "portico writing"}
        server = runner.run(asyncpg.connect(demo_database_url, server_settings=settings))
        reason = refused(monkeypatch, capsys, "restore", str(backup), "--replace")
        runner.run(server.close())
    assert reason.startswith("the database is in use by 1 connection")


def test_a_database_of_another_program_is_left_alone(
    backup: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    in_new_loop(execute(empty_database_url, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"))
    assert "it has no tables, but f()" in refused(monkeypatch, capsys, "restore", str(backup), "--replace")
    in_new_loop(execute(empty_database_url, "CREATE TABLE theirs (id int)"))
    assert "doesn't know: theirs" in refused(monkeypatch, capsys, "restore", str(backup), "--replace")
    assert in_new_loop(scalar(empty_database_url, "SELECT count(*) FROM theirs")) == 0


def test_a_failure_halfway_leaves_the_database_as_it_was(
    backup: Path, demo_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = rewrite(backup, lambda made: dataclasses.replace(made, rows={**made.rows, "users": 999}))
    users = count_users(demo_database_url)
    in_new_loop(execute(demo_database_url, "UPDATE users SET first_name = 'Kept'"))
    reason = refused(monkeypatch, capsys, "restore", str(wrong), "--replace")
    assert reason == f"the table users has {users} rows after the restore, and had 999"
    kept = "SELECT count(*) FROM users WHERE first_name = 'Kept'"
    assert in_new_loop(scalar(demo_database_url, kept)) == users


def test_a_failed_restore_leaves_no_key(
    backup: Path,
    demo_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, demo_database_url, tmp_path / "target", key=None)
    passphrase = str(passphrase_file(tmp_path))
    assert "isn't empty" in refused(monkeypatch, capsys, "restore", str(backup), "--passphrase-file", passphrase)
    assert not (tmp_path / "target" / "secret_key").exists()


def test_a_backup_of_a_newer_version_is_refused(
    backup: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = rewrite(backup, lambda made: dataclasses.replace(made, revision="9999", portico="9.1"))
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    for command in ("restore", "verify-backup"):
        reason = refused(monkeypatch, capsys, command, str(newer))
        assert "of a newer Portico: it has the migration 9999" in reason
        assert "Install that version (9.1) first" in reason


def test_another_key_is_refused_unless_told(
    backup: Path,
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, empty_database_url, tmp_path / "target", key=OTHER_KEY)
    assert "made with another secret key" in refused(monkeypatch, capsys, "restore", str(backup))
    use(monkeypatch, empty_database_url, tmp_path / "target", key=None)
    assert "give --passphrase-file" in refused(monkeypatch, capsys, "restore", str(backup))
    wrong = passphrase_file(tmp_path, "not the passphrase")
    reason = refused(monkeypatch, capsys, "restore", str(backup), "--passphrase-file", str(wrong))
    assert reason == "the passphrase is wrong, or the backup was changed"
    assert run(monkeypatch, "restore", str(backup), "--with-another-key") == 0
    assert count_users(empty_database_url)


def test_a_backup_without_the_key_needs_it_here(
    demo_database_url: str,
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = make_backup(monkeypatch, demo_database_url, tmp_path, "--without-key")
    assert SECRET_KEY not in path.read_bytes()
    use(monkeypatch, empty_database_url, tmp_path / "target", key=None)
    assert "neither here nor in the backup" in refused(monkeypatch, capsys, "restore", str(path))
    use(monkeypatch, empty_database_url, tmp_path / "target")
    assert run(monkeypatch, "restore", str(path)) == 0


def test_the_embedded_database_is_backed_up_and_restored(
    backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    folder.chmod(0o711)
    try:
        data = folder / "data"
        check_cache.seed(data)
        monkeypatch.delenv("DATABASE_URL")
        monkeypatch.setenv("PORTICO_DATA_DIR", str(data))
        assert run(monkeypatch, "restore", str(backup)) == 0
        capsys.readouterr()
        assert run(monkeypatch, "backup", str(folder), "--without-key", "--json") == 0
        result = json.loads(capsys.readouterr().out)
        assert result["auditEvents"] == 5
        assert re.fullmatch(r"portico-\d{8}T\d{6}Z\.zip", Path(result["file"]).name)
        assert Path(result["file"]).stat().st_size == result["bytes"]
        assert as_sql(Path(result["file"])) == as_sql(backup)
        assert find_postmaster(data / "postgres") is None
    finally:
        shutil.rmtree(folder)


def test_sigterm_undoes_a_restore(
    backup: Path, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program that reads the dump waits in the middle of it, until the signal comes."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_restore").write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'pg_restore (PostgreSQL) 99.1'; exit; }\n"
        f'{wheel_folder()}/pg_restore "$@" | head -n 2000; touch {tmp_path / "waiting"}; exec sleep 60\n'
    )
    (programs / "pg_restore").chmod(0o755)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    command = [sys.executable, "-c", "from app.cli import main; main()", "restore", str(backup)]
    with subprocess.Popen(
        [*command, "--programs", str(programs)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert eventually((tmp_path / "waiting").exists)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.splitlines()[-1]) == (1, "portico: stopped by SIGTERM; nothing was changed")
    assert "Traceback" not in errors
    assert in_new_loop(scalar(empty_database_url, "SELECT count(*) FROM pg_stat_user_tables")) == 0
