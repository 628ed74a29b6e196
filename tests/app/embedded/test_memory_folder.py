"""Where the data of test servers is, and that no run leaves it in memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import embedded_server
from tests.support.embedded_server import public_folder


def ended_process() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_folder_is_in_memory_where_that_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "ROOM", 1)
    folder = public_folder(tmp_path)
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o711


def test_without_room_or_such_a_place_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "disk"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "disk").mkdir()
    assert public_folder(tmp_path / "missing").parent == tmp_path / "disk"
    monkeypatch.setattr(embedded_server, "ROOM", 1 << 62)
    assert public_folder(tmp_path).parent == tmp_path / "disk"


def test_the_folders_of_killed_runs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "ROOM", 1)
    abandoned, used, foreign = (
        tmp_path / f"portico-test-{ended_process()}-a",
        tmp_path / f"portico-test-{os.getpid()}-b",
        tmp_path / "another",
    )
    for folder in (abandoned, used, foreign):
        (folder / "data").mkdir(parents=True)
    created = public_folder(tmp_path)
    assert set(tmp_path.iterdir()) == {used, foreign, created}
