"""Builds the console into each wheel. setuptools loads this file while the package isn't importable yet."""

import subprocess
import sys
from pathlib import Path

from setuptools.command.build_py import build_py  # type: ignore[import-untyped]
from setuptools.errors import ExecError  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]


class BuildWithConsole(build_py):  # type: ignore[misc]
    """The command that copies the package's files, after the console has been built among them."""

    def run(self) -> None:
        """Builds the console, unless the package is only linked to (`pip install -e`, where `make` builds it). Raises
        ExecError if it can't be built: whoever installs a wheel couldn't build it later."""
        if not self.editable_mode and (ROOT / "console").is_dir():
            built = subprocess.run([sys.executable, "-S", "-m", "app.console.build"], cwd=ROOT, check=False)
            if built.returncode:
                raise ExecError("a wheel contains the console, which can't be built: see above")
        super().run()
