"""Data folders of embedded servers, that are ready to be used."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded
from tests.support.embedded_server import QUICK, public_folder


@pytest.fixture(scope="session")
def seed() -> Iterator[Path]:
    """A data folder with a cluster that was set up and stopped: to copy one takes less time than to make one."""
    folder = public_folder()
    with embedded.running(folder / "data", QUICK):
        pass
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def home(seed: Path) -> Iterator[Path]:
    """A folder for data folders; one, `data`, is in it."""
    folder = public_folder()
    subprocess.run(["cp", "-a", seed, folder / "data"], check=True)
    yield folder
    shutil.rmtree(folder)
