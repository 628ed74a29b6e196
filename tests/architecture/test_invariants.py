"""Rules of the house that no tool knows: who commits, who runs SQL, what no file may say."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LAYERS = ("app", "authz", "migrations", "models", "resolvers", "schema")
LONGEST_FILE = 350
LONGEST_FUNCTION = 60

COMMITTING = {"commit", "rollback", "begin", "begin_nested"}
COMMITS = {
    "resolvers/transaction/unit_of_work.py": "the one place that commits",
    "resolvers/outbox_queue.py": "a claimed mail and its result are one transaction",
    "migrations/__init__.py": "a migration is one transaction",
    "migrations/env.py": "the same, from Alembic's command line",
}

EXECUTING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table", "exec_driver_sql"}
EXECUTES = {
    "resolvers/query/reader.py": "the one way to read",
    "resolvers/transaction/unit_of_work.py": "mutations run their statements through it",
    "resolvers/outbox_queue.py": "the mail worker's queue",
    "app/database/notifications.py": "tells and hears; changes nothing",
    "resolvers/policy_analysis/actor_table.py": "who may act at all, for the questions about everybody's access",
    "resolvers/policy_analysis/resource_lookup.py": "which thing is meant in them",
    "resolvers/policy_analysis/who_can.py": "who may",
    "resolvers/policy_analysis/what_can.py": "what somebody may",
    "resolvers/policy_analysis/diff.py": "what an edit of the policy changes",
    "app/cli/policy/database_context.py": "looks whether there is any data to ask about",
    "app/health.py": "asks whether the database is there",
    "app/audit/": "checks the audit trail",
    "app/demo/": "loads the demo worlds",
    "migrations/": "change the schema",
}
# A mutation asks the unit of work (`work.execute`); these look somebody up before there is one.
BY_CONNECTION = {
    "resolvers/mutations/access_reviews/export.py": "what the command line writes of an access review",
    "resolvers/policy_analysis/explain.py": "why somebody may, or may not",
    "resolvers/policy_analysis/excess_privileges.py": "what of it is beyond them",
    "resolvers/policy_analysis/query_plan.py": "how PostgreSQL would run a statement",
    "resolvers/callers/load_actor.py": "who asks",
    "resolvers/identity/sessions.py": "who signs in",
    "resolvers/identity/one_time_tokens.py": "whose link it is",
    "resolvers/identity/access_tokens.py": "which API client it is",
    "resolvers/identity/signing_keys.py": "which keys sign",
    "resolvers/trusted_documents.py": "what is asked by its id",
}

GRANTS = {"ContractGrant", "DeliveryGrant", "UserPermission", "GRANTS"}
READS_NO_GRANTS = {
    "app/demo/": "only writes them",
    "app/policy_testing/": "written worlds, all of whose grants are in force",
    "authz/within_reach/rows.py": "worlds of plain values, the same",
    "authz/checks/random_worlds.py": "random worlds, the same",
    "authz/model/resources.py": "names what a policy may name",
    "resolvers/mutations/access_reviews/effective_access.py": "ends of rows that predicates have chosen",
    "resolvers/policy_analysis/row_labels.py": "names rows that the policy's predicates have chosen",
    "resolvers/mutations/users/last_admin.py": "asks for permissions that never end",
}

MACHINE_PATHS = re.compile(r"/root/|/home/\w|/work/|/tmp/lab|/opt/")
TEXT = re.compile(r"\.(css|graphql|html|js|json|lock|mako|md|mjs|polar|py|sql|toml|ts|tsx|txt|yml)$|/[^.]+$|/\.[^.]+$")


def sources() -> Iterator[Path]:
    """The Python files of the layers."""
    return (path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def calls(path: Path, names: set[str]) -> Iterator[ast.Attribute]:
    """The method calls in a file that have one of these names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node.func


def allowed(path: Path, places: dict[str, str]) -> bool:
    """Whether `path` is one of `places`, or below one."""
    return any(str(path.relative_to(ROOT)).startswith(place) for place in places)


def of_the_unit_of_work(call: ast.Attribute) -> bool:
    """Whether the method is called on a variable named `work`."""
    return isinstance(call.value, ast.Name) and call.value.id == "work"


def kept_files() -> list[Path]:
    """The text files that belong to the repository: what git knows, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and TEXT.search(str(path))]


def test_only_the_unit_of_work_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno} {call.attr}"
        for path in sources()
        if not allowed(path, COMMITS)
        for call in calls(path, COMMITTING)
    ]
    assert found == []


def test_sql_is_run_in_few_places() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno} {call.attr}"
        for path in sources()
        if not allowed(path, EXECUTES | BY_CONNECTION)
        for call in calls(path, EXECUTING)
        if not of_the_unit_of_work(call)
    ]
    assert found == []


@pytest.mark.parametrize("place", [*COMMITS, *EXECUTES, *BY_CONNECTION])
def test_an_exception_that_is_not_needed_any_more_goes(place: str) -> None:
    paths = [ROOT / place] if place.endswith(".py") else list((ROOT / place).rglob("*.py"))
    names = COMMITTING if place in COMMITS else EXECUTING
    assert any(True for path in paths for _ in calls(path, names))


def names(path: Path) -> set[str]:
    """The names that a file imports from the models."""
    imports = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports if node.module == "models" for alias in node.names}


def in_the_dark(function: ast.AST) -> set[str]:
    """The grants that a function makes SQL of without asking whether they are in force."""
    found = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return set() if "in_force" in found else GRANTS & found & _tables(function)


def _tables(function: ast.AST) -> set[str]:
    """The models of which a function takes the table or a column."""
    owners = (node.value for node in ast.walk(function) if isinstance(node, ast.Attribute))
    return {owner.id for owner in owners if isinstance(owner, ast.Name)}


def test_nobody_reads_grants_that_have_ended() -> None:
    readers = [path for path in sources() if names(path) & GRANTS and not allowed(path, READS_NO_GRANTS)]
    found = [str(path.relative_to(ROOT)) for path in readers if "in_force" not in names(path)]
    found += [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in readers
        for function in functions(path)
        if in_the_dark(function)
    ]
    assert readers
    assert found == []


def test_no_file_names_a_place_on_one_machine() -> None:
    mine = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in kept_files()
        if path != mine
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert found == []


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_and_functions_stay_short() -> None:
    paths = [*sources(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    paths = [path for path in paths if "node_modules" not in path.parts]
    long_files = [str(path.relative_to(ROOT)) for path in paths if len(path.read_text().splitlines()) > LONGEST_FILE]
    long_functions = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in paths
        if path.parent.name != "versions"
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert (long_files, long_functions) == ([], [])


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[a-z0-9._-]+==\S+", lock, re.MULTILINE)
    assert len(pins) > 40
    assert len(re.findall(r"^[a-z0-9._-]+==[^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE)) == len(pins)
    assert not re.search(r"://|--index|--find-links|--extra", lock)


def test_the_lock_of_the_clients_holds_hashes_and_no_address() -> None:
    clients = ROOT / "tests" / "clients"
    lock = json.loads((clients / "package-lock.json").read_text())
    wanted = json.loads((clients / "package.json").read_text())["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values()), "pin one version of each"
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    bare = [name for name, package in packages.items() if "integrity" not in package or "resolved" in package]
    assert bare == []


def test_the_lock_is_of_these_requirements() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    wanted = set(re.findall(r'^    "([a-z0-9-]+)(?:\[[a-z]+\])?[<>=]', project, re.MULTILINE))
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted
    assert wanted <= locked
