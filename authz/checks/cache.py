"""Remembering that a policy passed the gates, so that a second start does not take the seconds again.

A stamp is a file whose name is a hash of everything that the verdict depends on: the policy and its name, the code of
the gates and the models, Oso, and Python. Whatever changes, the stamp no longer fits. It holds the warnings, as JSON.
"""

import secrets
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("authz", "models")


def entry_path(text: str, file: str, folder: Path) -> Path:
    """The path in `folder` at which there is a file when the policy `text`, called `file` in findings, has passed the
    gates as they are now."""
    digest = sha256(f"{sys.version}\0{version('oso')}\0{version('sqlalchemy')}\0{file}\0{text}".encode())
    for package in _PACKAGES:
        sources = sorted((_ROOT / package).rglob("*.py"))
        assert sources, f"no sources of {package}: a stamp would outlive a change of them"
        for source in sources:
            digest.update(source.read_bytes())
    return folder / f"{digest.hexdigest()}.passed"


def write_entry(stamp: Path, warnings: str) -> None:
    """Write `stamp`, whole at once: other processes may look for it meanwhile."""
    draft = stamp.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_text(warnings)
    draft.replace(stamp)
