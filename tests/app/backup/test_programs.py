"""The programs fit the server, and a password is never an argument."""

from pathlib import Path

import pytest

from app.backup import programs
from app.backup.errors import BackupError
from app.backup.programs import environment, find_pg_dump, find_pg_restore


def fake(folder: Path, version: str, names: tuple[str, ...] = ("pg_dump", "pg_restore")) -> Path:
    """A folder with programs that claim this version."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the programs of 15 in the path and those of 17 and 99 beside, as Debian has them."""
    monkeypatch.setenv("PATH", f"{fake(tmp_path / 'bin', '15.3')}:/usr/bin:/bin")
    for version in ("9", "17", "99"):
        fake(tmp_path / "debian" / version / "bin", f"{version}.1")
    monkeypatch.setattr(programs, "DEBIAN", tmp_path / "debian")
    return tmp_path


def test_the_embedded_server_is_dumped_by_its_own_program() -> None:
    found = find_pg_dump(18, encrypted=False, folder=None)
    assert found.major == 18
    assert "pgserver" in str(found.path)


def test_an_encrypted_connection_needs_a_program_that_can_encrypt(installed: Path) -> None:
    assert find_pg_dump(15, encrypted=True, folder=None).path == installed / "bin" / "pg_dump"


def test_a_newer_server_needs_a_newer_program(installed: Path) -> None:
    assert find_pg_dump(16, encrypted=True, folder=None).major == 17
    assert find_pg_dump(19, encrypted=False, folder=None).major == 99
    assert find_pg_restore(19, None).major == 99


def test_a_folder_that_is_named_is_the_only_one(installed: Path) -> None:
    assert find_pg_dump(15, encrypted=False, folder=installed / "bin").major == 15
    with pytest.raises(BackupError, match=r"no pg_dump of PostgreSQL 16 or later .* postgresql-client-16"):
        find_pg_dump(16, encrypted=False, folder=installed / "bin")


def test_the_lack_of_a_program_is_explained(installed: Path) -> None:
    with pytest.raises(BackupError, match="no pg_dump with support for TLS of PostgreSQL 100"):
        find_pg_dump(100, encrypted=True, folder=None)
    with pytest.raises(BackupError, match="no pg_restore of PostgreSQL 100"):
        find_pg_restore(100, None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://us%40er:geh%2Feim@db.example:6000/portico",
            {
                "PGUSER": "us@er",
                "PGPASSWORD": "geh/eim",
                "PGHOST": "db.example",
                "PGPORT": "6000",
                "PGDATABASE": "portico",
            },
        ),
        (
            "postgresql://postgres@/postgres?host=/var/lib/my%20folder",
            {"PGUSER": "postgres", "PGDATABASE": "postgres", "PGHOST": "/var/lib/my folder"},
        ),
        (
            "postgresql://[::1]:1,b/x?sslmode=verify-full&sslrootcert=/ca.pem",
            {
                "PGHOST": "::1,b",
                "PGPORT": "1,5432",
                "PGDATABASE": "x",
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/ca.pem",
            },
        ),
        (
            "postgresql://h/x?search_path=a b\\",
            {"PGHOST": "h", "PGDATABASE": "x", "PGOPTIONS": "-c search_path=a\\ b\\\\"},
        ),
    ],
)
def test_a_url_becomes_variables(url: str, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    found = {name: value for name, value in environment(url).items() if name.startswith("PG")}
    assert found == {"PGCONNECT_TIMEOUT": "10", **expected}
