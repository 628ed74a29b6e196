"""Remembering that a policy passed the gates, so that a second start does not take the seconds again.

A stamp is an empty file whose name is a hash of everything that the verdict depends on: the policy, the code of the
gates and the models, Oso, and Python. Whatever changes, the stamp no longer fits.
"""

import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("authz", "models")


def stamp_of(text: str, folder: Path) -> Path:
    """The file in `folder` that exists when the policy `text` has passed the gates as they are now."""
    digest = sha256(f"{sys.version}\0{version('oso')}\0{version('sqlalchemy')}\0{text}".encode())
    for package in _PACKAGES:
        for source in sorted((Path(__file__).parents[1] / package).rglob("*.py")):
            digest.update(source.read_bytes())
    return folder / f"{digest.hexdigest()}.passed"
