"""The data folder: its default location, and the private files in it."""

import hashlib
import os
import pwd
import re
import secrets
from contextlib import suppress
from errno import EPERM
from pathlib import Path

from app.embedded.binaries import SYSTEM_FOLDER
from app.embedded.private_folder import make_private

ROOT = Path(__file__).resolve().parents[1]
KEY_BYTES = 32
SECRET_KEY_FILE = "secret_key"  # noqa: S105 - the name of a file


class DataFolderError(Exception):
    """The default data folder isn't clear; the message says why and what to do."""


def default_data_dir() -> Path:
    """Returns the default data folder. It doesn't depend on the virtual environment, so a new one finds the data.

    For a checkout, which never shares one with another: `.portico` in it. For an installed package: `portico` in the
    user's folder for data (`XDG_DATA_HOME`). For root: a folder below /var/lib, because the embedded PostgreSQL runs as
    another user, who can't enter root's private folders. A folder of former versions, whose name depended on the
    virtual environment, is still used. Raises DataFolderError if there are several of those.
    """
    is_root, is_checkout = os.geteuid() == 0, (ROOT / "pyproject.toml").exists()
    if is_checkout:
        return SYSTEM_FOLDER / f"{ROOT.name}-{_digest()}" if is_root else ROOT / ".portico"
    if is_root:
        return _installed_data_dir(SYSTEM_FOLDER / "data", SYSTEM_FOLDER / f"{ROOT.name}-{_digest()}")
    return _installed_data_dir(_user_folder() / "portico", _former_user_folder() / f"portico-{_digest()}")


def is_former_default(data_dir: Path) -> bool:
    """Whether the name of `data_dir` is one that depends on a virtual environment, as former versions gave it."""
    # Other names below root's folder belong to checkouts.
    names = r"(site|dist)-packages" if data_dir.parent == SYSTEM_FOLDER else "portico"
    in_place = data_dir.parent in (SYSTEM_FOLDER, _former_user_folder())
    return in_place and re.fullmatch(f"{names}-[0-9a-f]{{8}}", data_dir.name) is not None


def todays_name(data_dir: Path) -> Path:
    """The name that the data folder of a former version would have today."""
    return SYSTEM_FOLDER / "data" if data_dir.parent == SYSTEM_FOLDER else _user_folder() / "portico"


def _installed_data_dir(default: Path, former: Path) -> Path:
    """`default`, or a folder with data that a former version has made; `former` is that of this environment."""
    if _has_data(former):
        return former
    if _has_data(default):
        return default
    found = sorted(path for path in former.parent.glob("*") if is_former_default(path) and _has_data(path))
    if len(found) > 1:
        raise DataFolderError(
            f"there are data folders of several former installations: {', '.join(map(str, found))}. "
            f"Set it to the one to use, or to {default} for a new one"
        )
    return found[0] if found else default


def _digest() -> str:
    return hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]


def _user_folder() -> Path:
    # A relative path is to be ignored (XDG Base Directory Specification).
    configured = Path(os.environ.get("XDG_DATA_HOME", ""))
    return configured if configured.is_absolute() else _former_user_folder()


def _former_user_folder() -> Path:
    return Path.home() / ".local" / "share"


def _has_data(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("postgres", SECRET_KEY_FILE))


def policy_check_cache(data_dir: Path) -> Path:
    """Returns the folder in `data_dir` that records which policies have passed the load checks; creates it if missing.
    Anyone who can write to it can make a policy skip them, so it is private. Raises PermissionError if this process
    runs as root and the folder belongs to another user: their servers couldn't read what root writes, and wouldn't
    start."""
    if (owner := other_owner(data_dir)) is not None:
        raise PermissionError(EPERM, f"it belongs to {owner}: run this command as that user", str(data_dir))
    folder = data_dir / "policy-check-cache"
    make_private(folder)
    return folder


def other_owner(data_dir: Path) -> str | None:
    """The user to whom a data folder belongs, if this process runs as root and that is somebody else."""
    if os.geteuid() != 0 or not data_dir.exists() or data_dir.stat().st_uid == 0:
        return None
    user_id = data_dir.stat().st_uid
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"


def existing_secret_key(data_dir: Path) -> str | None:
    """Returns the generated key in `data_dir`, or None if none was generated there yet."""
    try:
        return (data_dir / SECRET_KEY_FILE).read_text().strip()
    except FileNotFoundError:
        return None


def keep_secret_key(data_dir: Path, key: str) -> None:
    """Make `key` the key in `data_dir`. Raises FileExistsError if it has one."""
    make_private(data_dir)
    draft = data_dir / f".secret_key-{secrets.token_hex(8)}"
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(key)
    try:
        (data_dir / SECRET_KEY_FILE).hardlink_to(draft)  # atomic, and never replaces another process's key
    finally:
        draft.unlink()


def secret_key(data_dir: Path) -> str:
    """Returns the generated key in `data_dir`. The first process creates it; all later ones read the same key."""
    key = existing_secret_key(data_dir)
    if key is not None:
        return key
    with suppress(FileExistsError):
        keep_secret_key(data_dir, secrets.token_hex(KEY_BYTES))
    return (data_dir / SECRET_KEY_FILE).read_text().strip()
