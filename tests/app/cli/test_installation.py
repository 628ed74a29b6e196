"""What an installation consists of: the version, the files that belong to it, and the Python that `make` sets up."""

import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from app.cli.policy.test import test_folder as folder_of_tests
from app.settings.policy import installed_policy
from tests.support.cli import run
from tests.support.paths import POLICY

ROOT = POLICY.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_version_is_that_of_the_project(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"portico {PROJECT['project']['version']}\n"


def test_a_wheel_holds_the_policy_and_its_tests() -> None:
    """So that `portico policy test` finds the tests beside the policy, wherever Portico is installed."""
    data_files = PROJECT["tool"]["setuptools"]["data-files"]
    installed = {
        Path(folder) / file.name for folder, globs in data_files.items() for glob in globs for file in ROOT.glob(glob)
    }
    policy = Path("share") / "portico" / "policies.polar"
    tests = {policy.parent / file.relative_to(ROOT) for file in (ROOT / "tests" / "policy").glob("*.yaml")}
    assert tests
    assert {policy, policy.with_suffix(".never"), *tests} <= installed
    assert folder_of_tests(None, Path("/usr") / policy) == Path("/usr/share/portico/tests/policy")


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("/usr/lib/python3/dist-packages", "/usr"),
        ("/usr/local/lib/python3.11/dist-packages", "/usr/local"),
        ("/users/jane/.local/lib/python3.11/site-packages", "/users/jane/.local"),
        ("/elsewhere", "/usr"),
    ],
)
def test_the_policy_is_where_pip_puts_it(monkeypatch: pytest.MonkeyPatch, package: str, expected: str) -> None:
    """As on Debian, whose Python is in /usr, while its pip installs to /usr/local, or to the home of a user."""
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sysconfig, "get_path", {"data": "/usr/local"}.__getitem__)
    monkeypatch.setattr(site, "getuserbase", lambda: "/users/jane/.local")
    assert installed_policy(Path(package)) == Path(expected) / "share" / "portico" / "policies.polar"


def make(folder: Path, version: str, *, environment: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run `make setup PYTHON=…` with a Python that claims this version, in a checkout with a virtual environment of the
    version `environment`, or without any."""
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("pyproject.toml", "requirements.lock"):
        (folder / name).touch()
    python = _python(folder / "chosen-python", version)
    if environment:
        (folder / ".venv" / "bin").mkdir(parents=True)
        _python(folder / ".venv" / "bin" / "python", environment)
        (folder / ".venv" / ".ready").touch()
    variables = {"PATH": os.environ["PATH"]}
    command = ["make", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def _python(path: Path, version: str) -> Path:
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_rejects_a_python_of_another_version(tmp_path: Path) -> None:
    result = make(tmp_path, "3.9")
    assert result.returncode != 0
    assert f"PYTHON={tmp_path}/chosen-python is Python 3.9: Portico needs Python 3.11 or 3.12." in result.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_rejects_a_program_that_is_not_python(tmp_path: Path) -> None:
    result = make(tmp_path, "")
    assert result.returncode != 0
    assert "chosen-python was not found or is not Python: Portico needs Python 3.11 or 3.12." in result.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_rejects_a_python_that_differs_from_the_existing_environment(tmp_path: Path) -> None:
    result = make(tmp_path, "3.12", environment="3.11")
    assert result.returncode != 0
    assert "is Python 3.12, but .venv has Python 3.11: run 'make clean' first." in result.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_accepts_the_python_of_the_existing_environment(tmp_path: Path) -> None:
    result = make(tmp_path, "3.11", environment="3.11")
    assert (result.returncode, result.stderr) == (0, "")
