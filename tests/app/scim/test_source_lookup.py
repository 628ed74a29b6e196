"""The frames of Python's import system are known to `inspect`, so that importing SCIM's models is cheap."""

import importlib
import sys
from pathlib import Path

import pytest

from app.scim.source_lookup import IMPORT_SYSTEM

LOOKING_UP = """import inspect
modules = [inspect.getmodule(frame.frame) for frame in inspect.stack(0)]
"""


def test_inspect_knows_the_frames_that_import_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "looking_up.py").write_text(LOOKING_UP)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        imported = importlib.import_module("looking_up")
    finally:
        sys.modules.pop("looking_up", None)
    assert {module.__name__ for module in imported.modules if module} >= set(IMPORT_SYSTEM)
