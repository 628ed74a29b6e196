"""The data folder: its default location, and the private files in it."""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

from app.embedded.binaries import SYSTEM_FOLDER
from app.embedded.private_folder import make_private

ROOT = Path(__file__).resolve().parents[1]
KEY_BYTES = 32
SECRET_KEY_FILE = "secret_key"  # noqa: S105 - the name of a file


def default_data_dir() -> Path:
    """Returns the default data folder of this installation. Two checkouts never share one.

    For an ordinary user: `.portico` in the checkout, or without a checkout a folder in the home folder. For root: a
    folder below /var/lib, because the embedded PostgreSQL runs as another user, who can't enter root's private folders.
    """
    digest = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]
    if os.geteuid() == 0:
        return SYSTEM_FOLDER / f"{ROOT.name}-{digest}"
    if (ROOT / "pyproject.toml").exists():
        return ROOT / ".portico"
    return Path.home() / ".local" / "share" / f"portico-{digest}"


def policy_check_cache(data_dir: Path) -> Path:
    """Returns the folder in `data_dir` that records which policies have passed the load checks; creates it if missing.
    Anyone who can write to it can make a policy skip them, so it is private."""
    folder = data_dir / "policy-check-cache"
    make_private(folder)
    return folder


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
