"""The version before serves on the new schema: its own tests of reads and mutations pass on it.

The version before is extracted from the history, gets the migrations of this one in the place of its own, and runs
its tests. `make test-upgrade` runs this; `PORTICO_FORMER=COMMIT` names another version.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrations.compatibility import BASELINE
from tests.support.paths import ROOT
from tests.upgrade.former_version import extract, find_former, newest_migration

SUITE = (
    "tests/app/test_journey.py",
    "tests/app/auth",
    "tests/schema/mutations",
    "tests/schema/queries",
    "tests/properties/test_each_mutation_once.py",
)
"""Signing in, what a user does first, all queries and all mutations."""


@pytest.mark.timeout(1500)
def test_the_tests_of_the_version_before_pass_on_the_new_schema(tmp_path: Path) -> None:
    former = find_former()
    extract(former, tmp_path)
    is_before_the_rule = newest_migration(tmp_path) < BASELINE
    shutil.rmtree(tmp_path / "migrations")
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    built = ROOT / "app/console/built"
    if built.exists():
        shutil.copytree(built, tmp_path / "app/console/built", dirs_exist_ok=True)
    suite = [path for path in SUITE if (tmp_path / path).exists()]
    assert len(suite) > 1, f"{former} has no such tests"
    options = ["-q", "-p", "no:cacheprovider", "--numprocesses", "auto", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *options, *suite]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**inherited, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 and is_before_the_rule:
        pytest.skip(f"{former} is from before the rule, has no migration {BASELINE}, and doesn't serve on it")
    assert done.returncode == 0, f"{former} on the new schema:\n{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    assert "passed" in done.stdout
