"""Which version counts as the one before: it decides what `make test-upgrade` proves."""

import subprocess
from pathlib import Path

import pytest

from tests.upgrade.former_version import VARIABLE, VERSIONS, find_former


class History:
    """A repository with migrations, and code beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / VERSIONS).mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Jane Doe", "-c", "user.email=jane@example.com")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, path: str, text: str = "") -> str:
        (self.folder / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", path)
        return self.git("rev-parse", "HEAD")

    def migrate(self, number: str) -> str:
        return self.commit(f"{VERSIONS}/{number}_change.py", f"what {number} does\n" * 20)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.delenv(VARIABLE, raising=False)
    made = History(tmp_path)
    made.migrate("0001")
    return made


def test_without_a_release_it_is_the_commit_before_the_newest_migration(history: History) -> None:
    """And not that of the migration before, since which the code has changed."""
    history.migrate("0002")
    before = history.commit("code.py", "new")
    history.migrate("0003")
    history.commit("code.py", "newer")
    assert find_former(history.folder) == before


def test_a_correction_of_the_newest_migration_does_not_count(history: History) -> None:
    before = history.commit("code.py")
    history.migrate("0002")
    history.commit(f"{VERSIONS}/0002_change.py", "corrected")
    assert find_former(history.folder) == before


def test_another_number_does_not_count(history: History) -> None:
    before = history.commit("code.py")
    text = "what it does\n" * 20
    history.commit(f"{VERSIONS}/0002_change.py", text)
    history.commit("code.py", "what it is for")
    history.git("mv", f"{VERSIONS}/0002_change.py", f"{VERSIONS}/0003_change.py")
    history.commit(f"{VERSIONS}/0003_change.py", text + "another line\n")
    assert find_former(history.folder) == before


def test_a_branch_that_was_merged_counts_as_a_whole(history: History) -> None:
    before = history.commit("code.py")
    history.git("switch", "--quiet", "--create", "branch")
    history.migrate("0002")
    history.commit("code.py", "what the migration is for")
    history.git("switch", "--quiet", "main")
    history.git("merge", "--quiet", "--no-ff", "--message", "merge", "branch")
    assert find_former(history.folder) == before


def test_a_release_takes_precedence_and_the_last_one_counts(history: History) -> None:
    history.git("tag", "v1.9")
    history.migrate("0002")
    history.git("tag", "v1.10")
    history.migrate("0003")
    history.git("tag", "other")
    assert find_former(history.folder) == "v1.10"


def test_the_release_itself_is_compared_with_the_one_before(history: History) -> None:
    history.git("tag", "v1")
    history.migrate("0002")
    history.git("tag", "--annotate", "--message", "v2", "v2")
    assert find_former(history.folder) == "v1"


def test_another_version_can_be_named(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "v0.1")
    assert find_former(history.folder) == "v0.1"


def test_a_history_without_it_says_what_to_do(history: History, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="there is no commit before the newest migration"):
        find_former(history.folder)
    (history.folder / VERSIONS / "0002_change.py").touch()
    with pytest.raises(RuntimeError, match="the newest migration isn't committed"):
        find_former(history.folder)
    shallow = tmp_path / "shallow"
    history.migrate("0002")
    history.git("clone", "--quiet", "--depth=1", f"file://{history.folder}", str(shallow))
    with pytest.raises(RuntimeError, match="git fetch --unshallow"):
        find_former(shallow)
    with pytest.raises(RuntimeError, match="isn't a clone"):
        find_former(tmp_path / "nowhere")
