"""Finds the version before: the last release; until there is one, the last commit without the newest migration."""

import os
import subprocess
from pathlib import Path

from tests.support.paths import ROOT

VARIABLE = "PORTICO_FORMER"
"""The environment variable that names another commit."""

VERSIONS = "migrations/versions"


def find_former() -> str:
    """The commit. Raises RuntimeError, with what to do, if the history isn't there."""
    if given := os.environ.get(VARIABLE):
        return given
    if not (ROOT / ".git").exists():
        raise RuntimeError(
            "this isn't a clone of the repository, whose history has the version before: run this in one"
        )
    release = _git("tag", "--merged", "HEAD", "--sort=-version:refname", "v*").split()
    if release:
        return release[0]
    newest = max(path.name for path in (ROOT / VERSIONS).glob("[0-9]*.py"))
    for commit in ["HEAD", *_git("rev-list", "--first-parent", "HEAD", "--", VERSIONS).split()]:
        names = [Path(path).name for path in _git("ls-tree", "--name-only", commit, f"{VERSIONS}/").splitlines()]
        if max(name for name in names if name[0].isdigit()) < newest:
            return commit
    if _git("rev-parse", "--is-shallow-repository").strip() == "true":
        raise RuntimeError("this is a shallow clone, without the version before: run `git fetch --unshallow` first")
    raise RuntimeError("there is no commit before the newest migration")


def newest_migration(folder: Path) -> str:
    """The revision of the newest migration of the version in `folder`."""
    return max(path.name for path in (folder / VERSIONS).glob("[0-9]*.py")).partition("_")[0]


def extract(commit: str, folder: Path) -> None:
    """Write the files of a commit into `folder`."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
