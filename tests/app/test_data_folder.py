"""The default data folder: a new virtual environment finds the data of the former one."""

import hashlib
import os
from pathlib import Path

import pytest

from app import data_folder
from app.data_folder import DataFolderError, default_data_dir
from app.settings import SettingsError, load
from tests.support.cli import run

OLD, NEW = "/srv/old/lib/python3.11/site-packages", "/srv/new/lib/python3.12/site-packages"


@pytest.fixture(params=["user", "root"])
def parent(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which data folders of an installed package are, for a user and for root."""
    monkeypatch.setattr(os, "geteuid", lambda: 0 if request.param == "root" else 1000)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_DATA_HOME", "PORTICO_DATA_DIR", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(data_folder, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setattr(data_folder, "ROOT", Path(NEW))
    parent = tmp_path / "system" if request.param == "root" else tmp_path / "home" / ".local" / "share"
    parent.mkdir(parents=True)
    return parent


def default_in(parent: Path) -> Path:
    return parent / ("data" if parent.name == "system" else "portico")


def former(parent: Path, root: str) -> Path:
    """The folder that a former version gave to an environment."""
    digest = hashlib.sha256(root.encode()).hexdigest()[:8]
    return parent / f"{'site-packages' if parent.name == 'system' else 'portico'}-{digest}"


def with_data(folder: Path) -> Path:
    (folder / "postgres").mkdir(parents=True)
    return folder


def test_it_does_not_depend_on_the_environment(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_data_dir() == default_in(parent)
    monkeypatch.setattr(data_folder, "ROOT", Path(OLD))
    assert default_data_dir() == default_in(parent)


@pytest.mark.parametrize("root", [OLD, NEW])
def test_a_folder_of_a_former_version_is_found(parent: Path, root: str) -> None:
    folder = with_data(former(parent, root))
    assert default_data_dir() == folder
    folder.rename(default_in(parent))
    assert default_data_dir() == default_in(parent)


def test_the_folder_of_this_environment_comes_first(parent: Path) -> None:
    mine = with_data(former(parent, NEW))
    with_data(former(parent, OLD))
    with_data(default_in(parent))
    assert default_data_dir() == mine


def test_the_default_comes_before_those_of_other_environments(parent: Path) -> None:
    with_data(former(parent, OLD))
    with_data(default_in(parent))
    assert default_data_dir() == default_in(parent)


def test_a_choice_between_several_is_the_operators(
    parent: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = sorted(with_data(former(parent, root)) for root in (OLD, "/srv/other/site-packages"))
    with pytest.raises(DataFolderError, match=f"{folders[0]}, {folders[1]}"):
        default_data_dir()
    with pytest.raises(SettingsError, match=r"^PORTICO_DATA_DIR: there are data folders of several"):
        load()
    monkeypatch.setenv("PORTICO_DATA_DIR", str(folders[1]))
    assert load().data_dir == folders[1]
    assert run(monkeypatch, "settings") == 0
    assert "(ambiguous)" in capsys.readouterr().out


def test_folders_without_data_and_of_checkouts_are_not_taken(parent: Path) -> None:
    former(parent, OLD).mkdir()
    with_data(parent / ("portico-0123abcd" if parent.name == "system" else "site-packages-0123abcd"))
    assert default_data_dir() == default_in(parent)


def test_a_command_names_the_folder_of_a_former_version(
    parent: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = former(parent, OLD)
    folder.mkdir()
    (folder / "secret_key").write_text("k" * 40)
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert run(monkeypatch, "migrate", "--check") == 0
    assert f"mv {folder} {default_in(parent)}" in capsys.readouterr().err
    assert load().existing_key() == b"k" * 40
    folder.rename(default_in(parent))
    assert run(monkeypatch, "migrate", "--check") == 0
    assert capsys.readouterr().err == ""


def test_data_of_users_are_where_they_want_them(parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert default_data_dir() == tmp_path / "xdg" / "portico"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_data_dir() == tmp_path / "home" / ".local" / "share" / "portico"


def test_checkouts_share_nothing(parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkouts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").touch()
        monkeypatch.setattr(data_folder, "ROOT", tmp_path / name)
        checkouts.append(default_data_dir())
    assert checkouts[0] != checkouts[1]
    with_data(former(parent, OLD))
    assert default_data_dir() == checkouts[1]


def test_root_leaves_the_data_folder_of_another_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root writes there, the servers of that user can't read: they wouldn't start."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 12_345, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PermissionError, match="run this command as that user"):
        data_folder.policy_check_cache(tmp_path)
    assert list(tmp_path.iterdir()) == []
