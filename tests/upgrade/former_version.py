"""Finds the version before: the last release; until there is one, the commit before the newest migration."""

import os
import subprocess
from pathlib import Path

from tests.support.paths import ROOT

VARIABLE = "PORTICO_FORMER"
"""The environment variable that names another commit."""

VERSIONS = "migrations/versions"


def find_former(root: Path = ROOT) -> str:
    """The release or the commit, of the repository in `root`. Raises RuntimeError, with what to do, if the history
    isn't there."""
    if given := os.environ.get(VARIABLE):
        return given
    if not (root / ".git").exists():
        raise RuntimeError(
            "this isn't a clone of the repository, whose history has the version before: run this in one"
        )
    head = _git(root, "rev-parse", "HEAD").strip()
    for release in _git(root, "tag", "--merged", "HEAD", "--sort=-version:refname", "v*").split():
        if _git(root, "rev-parse", f"{release}^{{commit}}").strip() != head:
            return release
    added = _commit_that_added(root, newest_migration(root))
    if added is None:
        raise RuntimeError(f"the newest migration isn't committed: commit it, or name a version by {VARIABLE}")
    parents = _git(root, "rev-list", "--parents", "--max-count=1", added).split()[1:]
    if parents:
        return parents[0]
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise RuntimeError("this is a shallow clone, without the version before: run `git fetch --unshallow` first")
    raise RuntimeError("there is no commit before the newest migration")


def _commit_that_added(root: Path, revision: str) -> str | None:
    """The commit that brought a migration. Merged branches count as a whole: the commits in them are of no version that
    anybody ran. A migration that only got another number is as old as it was."""
    history = ("log", "--first-parent", "--diff-merges=first-parent", "--find-renames", "--diff-filter=AR")
    lines = _git(root, *history, "--name-status", "--format=%H", "HEAD", "--", VERSIONS).splitlines()
    [path] = [str(file.relative_to(root)) for file in (root / VERSIONS).glob(f"{revision}_*.py")]
    commit = None
    for line in lines:
        match line.split("\t"):
            case [name] if name:
                commit = name
            case ["A", name] if name == path:
                return commit
            case [_, former, name] if name == path:
                path = former
    return None


def newest_migration(folder: Path) -> str:
    """The revision of the newest migration of the version in `folder`."""
    return max(path.name for path in (folder / VERSIONS).glob("[0-9]*.py")).partition("_")[0]


def extract(commit: str, folder: Path) -> None:
    """Write the files of a commit into `folder`."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "--extract", "--directory", folder], input=archive.stdout, check=True)


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout
