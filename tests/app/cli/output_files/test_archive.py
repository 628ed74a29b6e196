"""Archives are whole, private, and never in the place of another file."""

import os
from pathlib import Path

import pytest

from app.cli.output_files.archive import CannotWrite, archive_path, new_archive

NAME = "acme-%Y.zip"


def test_a_folder_gets_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for named in (None, Path(), tmp_path):
        path = archive_path(named, NAME)
        assert path.parent == tmp_path
        assert path.name.startswith("acme-2")
    assert archive_path(Path("own.zip"), NAME) == tmp_path / "own.zip"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("taken", "exists already"),
        ("dangling", "exists already"),
        ("none/file", "there is no folder"),
        ("-", "it needs one"),
    ],
)
def test_what_can_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("mine")
    Path("dangling").symlink_to("nothing")
    with pytest.raises(CannotWrite, match=reason):
        archive_path(Path(named), NAME)


def test_an_archive_is_private_and_gets_its_name_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0)
    try:
        with new_archive(path) as file:
            assert not path.exists()
            file.write(b"all")
    finally:
        os.umask(before)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"all", 0o600)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_archive(tmp_path / "file") as file:
        file.write(b"half" * (1 // 0))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(CannotWrite, match="exists already"), new_archive(path):
        path.write_text("mine")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["mine"]
