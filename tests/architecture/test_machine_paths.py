"""No file of the repository names a path of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import relative

MACHINE_PATHS = re.compile(r"/root/|/home/\w|/work/|/tmp/lab|/opt/")
TEXT = re.compile(r"\.(css|graphql|html|js|json|lock|mako|md|mjs|polar|py|sql|toml|ts|tsx|txt|yml)$|/[^.]+$|/\.[^.]+$")


def tracked_files() -> list[Path]:
    """The text files of the repository: those that git tracks, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and TEXT.search(str(path))]


def test_no_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in tracked_files()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert found == []
