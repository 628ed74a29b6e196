"""Reports replace a file only once they are whole, and nobody else can read a new one."""

import os
import stat
import sys
from pathlib import Path

import pytest

from app.cli.output_files.report import STANDARD_OUTPUT, report_stream


def write(path: Path, text: str = "new\r\n") -> None:
    with report_stream(path) as stream:
        stream.write(text)


def test_a_new_file_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(tmp_path / "file")
    finally:
        os.umask(before)
    assert ((tmp_path / "file").read_bytes(), (tmp_path / "file").stat().st_mode & 0o777) == (b"new\r\n", 0o600)


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("much more than before")
    file.chmod(0o640)
    link.symlink_to(file)
    write(link)
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"new\r\n", 0o640, True)


@pytest.mark.parametrize("member", ["st_uid", "st_gid"])
def test_the_mode_of_another_user_or_group_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    """That group could have read the former file, and this one could read the new one."""
    file, new = tmp_path / "file", os.fstat

    def of_another(descriptor: int) -> os.stat_result:
        place = {"st_uid": stat.ST_UID, "st_gid": stat.ST_GID}[member]
        members = list(new(descriptor))
        members[place] += 1
        return os.stat_result(members)

    file.write_text("before")
    file.chmod(0o644)
    monkeypatch.setattr(os, "fstat", of_another)
    write(file)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new\r\n", 0o600)


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    with pytest.raises(ZeroDivisionError), report_stream(file) as stream:
        stream.write(f"half{1 // 0}")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["before"]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe)
    assert os.read(reader, 100) == b"new\r\n"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with report_stream(STANDARD_OUTPUT, "utf-8-sig") as stream:
        stream.write("ä\r\n")
    sys.stdout.write("more\n")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == "\ufeffä\r\nmore\n".encode()
