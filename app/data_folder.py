"""The data folder: where it is when nobody says, and the private things in it."""

import hashlib
import os
import secrets
from pathlib import Path

from app.embedded.binaries import SYSTEM_FOLDER
from app.embedded.private_folder import make_private

ROOT = Path(__file__).resolve().parents[1]
KEY_BYTES = 32


def default_data_dir() -> Path:
    """The data folder of this installation, so that two checkouts never share one.

    For an ordinary user `.portico` in the checkout, or a folder in the home folder of one who has no checkout. For
    root a folder below /var/lib, because the embedded PostgreSQL runs as another user, who may not enter private ones.
    """
    digest = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]
    if os.geteuid() == 0:
        return SYSTEM_FOLDER / f"{ROOT.name}-{digest}"
    if (ROOT / "pyproject.toml").exists():
        return ROOT / ".portico"
    return Path.home() / ".local" / "share" / f"portico-{digest}"


def policy_check_cache(data_dir: Path) -> Path:
    """The folder in `data_dir` that tells which policies have passed the gates, made where it is missing. Whoever can
    write to it gets a policy past them, so it is closed to all others."""
    folder = data_dir / "policy-stamps"
    make_private(folder)
    return folder


def secret_key(data_dir: Path) -> str:
    """The generated key in `data_dir`: made by the first process that asks, and the same for all after it."""
    path = data_dir / "secret_key"
    if not path.exists():
        make_private(data_dir)
        draft = data_dir / f".secret_key-{secrets.token_hex(8)}"
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_hex(KEY_BYTES))
        try:
            path.hardlink_to(draft)  # whole at once, and never over another process's key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
