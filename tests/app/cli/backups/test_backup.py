"""`portico backup` and `verify-backup`: the file is whole, of one moment, and found out if anybody has changed it."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backup.archive import Archive
from app.embedded.binaries import wheel_folder
from tests.support.backups.backup_files import make_backup, passphrase_file, refused, replace_member, scalar, use
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.resolver_fixtures import SECRET_KEY

OTHER_KEY = "another key for tests, of 32 bytes"


def test_a_backup_is_verified_by_restoring_it_on_trial(
    backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(Path(tempfile.gettempdir()).glob("portico-verify-*"))
    capsys.readouterr()
    assert run(monkeypatch, "verify-backup", str(backup), "--restore", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["authentic"], result["hasKey"], result["restored"]) == (True, True, True)
    assert result["auditEvents"] == 5
    assert result["policyVersion"]
    assert set(Path(tempfile.gettempdir()).glob("portico-verify-*")) == before


def test_without_a_key_a_change_on_purpose_cannot_be_told(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, "postgresql://unused@127.0.0.1:1/unused", tmp_path / "elsewhere", key=None)
    assert run(monkeypatch, "verify-backup", str(backup)) == 0
    assert "it can't be told whether somebody has changed it on purpose" in capsys.readouterr().out
    assert not (tmp_path / "elsewhere").exists()
    reason = refused(monkeypatch, capsys, "verify-backup", str(backup), "--restore")
    assert reason.startswith("--restore runs the SQL in the file, so it needs the secret key")
    assert run(monkeypatch, "verify-backup", str(backup), "--passphrase-file", str(passphrase_file(tmp_path))) == 0
    assert "Unchanged since it was made" in capsys.readouterr().out


def test_the_key_is_not_readable_in_the_file(backup: Path) -> None:
    assert SECRET_KEY not in backup.read_bytes()


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_a_damaged_file_is_recognized(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = backup.read_bytes()
    damaged = tmp_path / "damaged.zip"
    for broken, reason in [
        (content[: len(content) // 2], "is not a backup of Portico, or it is not complete"),
        (content[:-1], "is not a backup of Portico, or it is not complete"),
        (b"", "is not a backup of Portico, or it is not complete"),
        (flip(content), "is damaged: its checksum is wrong"),
    ]:
        damaged.write_bytes(broken)
        assert reason in refused(monkeypatch, capsys, "verify-backup", str(damaged))
        assert reason in refused(monkeypatch, capsys, "restore", str(damaged), "--replace")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("database.dump", flip), "the dump doesn't have the checksum in the manifest"),
        (("manifest.json", lambda text: text.replace(b'"users": ', b'"users": 1')), "doesn't have the code"),
        (("manifest.hmac", flip), "doesn't have the code"),
        (("manifest.json", lambda text: text[:-2]), "the manifest of this backup can't be read"),
        (("manifest.json", lambda text: text.replace(b"backup-1", b"backup-2")), "has the format 'portico-backup-2'"),
    ],
)
def test_a_file_that_was_changed_on_purpose_is_recognized(
    backup: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, Callable[[bytes], bytes]],
    reason: str,
) -> None:
    changed = replace_member(backup, *change)
    assert reason in refused(monkeypatch, capsys, "restore", str(changed), "--replace")


def test_the_passphrase_opens_the_key_beside_its_own_manifest_only(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = replace_member(backup, "manifest.json", lambda text: text.replace(b'"users": ', b'"users": 1'))
    monkeypatch.delenv("PORTICO_SECRET_KEY")
    passphrase = str(passphrase_file(tmp_path))
    reason = refused(monkeypatch, capsys, "verify-backup", str(changed), "--passphrase-file", passphrase)
    assert reason == "the passphrase is wrong, or the backup was changed"


def test_a_backup_that_fails_leaves_no_file(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, demo_database_url, tmp_path / "data")
    programs, target = tmp_path / "programs", tmp_path / "target"
    programs.mkdir()
    target.mkdir()
    (programs / "pg_dump").write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }\n"
        "echo half of a dump; echo 'the disk is on fire' >&2; exit 3\n"
    )
    (programs / "pg_dump").chmod(0o755)
    command = ("backup", str(target), "--without-key", "--programs", str(programs))
    assert refused(monkeypatch, capsys, *command) == "pg_dump failed: the disk is on fire"
    assert list(target.iterdir()) == []


def test_the_dump_and_the_counts_are_of_one_moment(
    demo_database_url: str, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change after the snapshot, before the dump begins, is in neither."""
    programs = tmp_path / "programs"
    programs.mkdir()
    late = "DELETE FROM outbox_mails"
    (programs / "pg_dump").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || {wheel_folder()}/psql -qc "{late}" || exit 9\n'
        f'exec {wheel_folder()}/pg_dump "$@"\n'
    )
    (programs / "pg_dump").chmod(0o755)
    path = make_backup(monkeypatch, demo_database_url, tmp_path, "--programs", str(programs))
    assert in_new_loop(scalar(demo_database_url, "SELECT count(*) FROM outbox_mails")) == 0
    with Archive(path) as archive:
        assert archive.manifest.rows["outbox_mails"] > 0
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert run(monkeypatch, "restore", str(path)) == 0


def test_an_existing_file_is_never_replaced(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = backup.read_bytes()
    passphrase = str(passphrase_file(tmp_path))
    assert "exists already" in refused(monkeypatch, capsys, "backup", str(backup), "--passphrase-file", passphrase)
    assert backup.read_bytes() == content


def test_nobody_forgets_the_key(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, demo_database_url, tmp_path / "data")
    path = tmp_path / "backup.zip"
    assert run(monkeypatch, "backup", str(path)) == 2
    short = passphrase_file(tmp_path, "short")
    assert run(monkeypatch, "backup", str(path), "--passphrase-file", str(short)) == 2
    passphrase = str(passphrase_file(tmp_path))
    use(monkeypatch, demo_database_url, tmp_path / "data", key=None)
    assert "there is no secret key" in refused(
        monkeypatch, capsys, "backup", str(path), "--passphrase-file", passphrase
    )
    use(monkeypatch, demo_database_url, tmp_path / "data", key=OTHER_KEY)
    assert "isn't the one that this database is used with" in refused(
        monkeypatch, capsys, "backup", str(path), "--passphrase-file", passphrase
    )
    assert not path.exists()
