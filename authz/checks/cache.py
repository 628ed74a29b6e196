"""Caches on disk that a policy passed the load checks, so that the next start does not spend seconds on them again.

An entry is a file whose name is a hash of everything that the result depends on: the policy, its name and its
prohibitions, the code of the checks and the models, and the versions of Oso, SQLAlchemy and Python. If any of these
changes, the entry no longer matches. The entry contains the warnings as JSON.
"""

import secrets
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("authz", "models")


def entry_path(text: str, file: str, prohibitions: str, folder: Path) -> Path:
    """Returns the path in `folder` of the cache entry for the policy `text`, called `file` in diagnostics, with the
    `prohibitions` beside it.

    The file exists if the policy has passed the current version of the checks.
    """
    digest = sha256(
        f"{sys.version}\0{version('oso')}\0{version('sqlalchemy')}\0{file}\0{prohibitions}\0{text}".encode()
    )
    for package in _PACKAGES:
        sources = sorted((_ROOT / package).rglob("*.py"))
        assert sources, f"no sources of {package}: an entry would survive a change to them"
        for source in sources:
            digest.update(source.read_bytes())
    return folder / f"{digest.hexdigest()}.passed"


def write_entry(entry: Path, warnings: str) -> None:
    """Writes the file `entry` atomically, because other processes may look for it meanwhile."""
    draft = entry.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_text(warnings)
    draft.replace(entry)
