"""Paths in the repository that tests read."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
POLICY: Final = ROOT / "policies.polar"
"""The shipped policy."""
