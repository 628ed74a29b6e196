"""Backups of the demo data, for the tests of the commands that make and read them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backups.backup_files import make_backup, use
from tests.support.databases import fresh_database


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    with fresh_database(server_url, "template0") as url:
        yield url


@pytest.fixture(scope="module")
def made_once(shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the demo data, with the secret key."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_backup(monkeypatch, shared_demo_database_url, tmp_path_factory.mktemp("backup"))


@pytest.fixture
def backup(made_once: Path, demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own copy of the backup. Commands use a database with the demo data, and the backup's key."""
    use(monkeypatch, demo_database_url, tmp_path / "source")
    return Path(shutil.copy2(made_once, tmp_path))
