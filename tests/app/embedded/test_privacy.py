"""The embedded PostgreSQL opens nothing to anybody: not the data, not the socket, not the folders above them."""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from app import embedded
from app.embedded.cluster import SOCKET_NAME, SOCKET_PATH_BYTES
from tests.support.embedded_server import QUICK, answers, eventually, holder, is_down, server, url_of, watchers

AS_ROOT = os.geteuid() == 0


def test_a_socket_folder_of_another_user_is_rejected(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = home / ("x" * SOCKET_PATH_BYTES)
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    with embedded.running(data_dir, QUICK):
        folder = server(data_dir).socket_folder
    shutil.rmtree(folder)
    folder.mkdir(mode=0o755)
    with pytest.raises(embedded.EmbeddedError, match="not a private folder"), embedded.running(data_dir, QUICK):
        pass


def test_other_users_have_no_access_to_the_data_or_the_socket(home: Path) -> None:
    with embedded.running(home / "data", QUICK):
        assert stat.S_IMODE((home / "data" / "postgres").stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "data" / "postgres" / SOCKET_NAME).stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "data").stat().st_mode) & 0o066 == 0


def test_new_folders_are_closed_to_other_users(home: Path) -> None:
    data_dir = home / "new" / "data"
    before = os.umask(0)
    try:
        with embedded.running(data_dir, QUICK):
            pass
    finally:
        os.umask(before)
    for folder in (data_dir.parent, data_dir, data_dir / "locks"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o066 == 0


def open_to_all(folder: Path) -> bool:
    """Whether everybody may walk to the folder and into it."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


@pytest.mark.skipif(not AS_ROOT, reason="root only")
class TestAsRoot:
    def test_the_server_runs_as_a_user_of_its_own(self, home: Path) -> None:
        with embedded.running(home / "data", QUICK):
            process = psutil.Process(server(home / "data").pid)
            assert process.username() == "portico-postgres"
            assert not Path(process.exe()).is_relative_to(sys.prefix)

    def test_a_private_folder_is_refused_and_stays_private(self, home: Path) -> None:
        private = home / "private"
        private.mkdir(mode=0o700)
        with pytest.raises(embedded.EmbeddedError, match=f"may not enter {private}"):
            embedded.running(private / "data", QUICK).__enter__()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700

    def test_it_opens_no_folder_on_the_way_to_the_programs(self, home: Path) -> None:
        def modes() -> list[int]:
            return [folder.stat().st_mode for folder in (Path(sys.prefix), *Path(sys.prefix).parents, home)]

        before = modes()
        with embedded.running(home / "data", QUICK):
            assert modes() == before

    @pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
    @pytest.mark.skipif(
        not open_to_all(Path(sys.prefix)), reason="the programs are in a folder that is private to root"
    )
    def test_an_ordinary_user_needs_nothing_special(self, home: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        data_dir = home / "own" / "data"
        data_dir.parent.mkdir(mode=0o700)
        os.chown(data_dir.parent, nobody.pw_uid, nobody.pw_gid)
        # An ordinary user in all but this: it may read everywhere, as the Python of this run may be private to root.
        reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        user = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
        with holder(data_dir, "setpriv", *user, *reading) as process:
            assert answers(url_of(process))
            assert psutil.Process(server(data_dir).pid).uids().real == nobody.pw_uid
            assert psutil.Process(server(data_dir).pid).exe().startswith(sys.prefix)
            process.communicate("\n", timeout=60)
            assert is_down(data_dir)
            assert eventually(lambda: not watchers(data_dir))
