"""A cache of passed policy checks that the whole test run shares: its workers, and the servers that they start.

A check takes seconds of CPU, and the same few policies are loaded by many tests. Each text is checked once per
run, whatever its file is called; the cache is empty when a run begins. Tests of the checks themselves call
`authz.checks.pipeline`, which knows nothing of it.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.data_folder import policy_check_cache
from authz.checks.cache import entry_path, turn, write_entry
from authz.checks.pipeline import check
from authz.language.diagnostics import Diagnostic, PolicyError, as_json, from_json
from authz.lint.linter import lint
from authz.policy import prohibitions_beside
from tests.support.paths import POLICY

VARIABLE = "PORTICO_TEST_CHECK_CACHE"
"""The environment variable that tells the workers of a run where the cache is."""


def create() -> Callable[[], None]:
    """Create the cache of this run, and return what removes it."""
    folder = tempfile.mkdtemp(prefix="portico-test-checks-")
    os.environ[VARIABLE] = folder

    def remove() -> None:
        del os.environ[VARIABLE]
        shutil.rmtree(folder)

    return remove


def check_once(text: str, file: str, prohibitions: str = "") -> tuple[Diagnostic, ...]:
    """As `authz.checks.pipeline.check`, but looks into the cache first. Only policies that pass are cached.

    The name of the file is in the findings only, and what obeys the shipped prohibitions passes without them, too.
    """
    folder, shipped = Path(os.environ[VARIABLE]), prohibitions_beside(POLICY)
    if not prohibitions and (text == POLICY.read_text() or entry_path(text, POLICY.name, shipped, folder).exists()):
        prohibitions = shipped
    entry = entry_path(text, POLICY.name, prohibitions, folder)
    if not entry.exists():
        with turn(entry):
            if not entry.exists():
                write_entry(entry, as_json(check(text, file, prohibitions)))
    return tuple(replace(warning, file=file) for warning in from_json(entry.read_text()))


def check_form(text: str, file: str, prohibitions: str = "") -> tuple[Diagnostic, ...]:
    """The first of the checks alone, which takes milliseconds: for tests that edit a policy and are about what becomes
    of the edit. The shipped policy is checked as always."""
    if text == POLICY.read_text():
        return check_once(text, file, prohibitions)
    found = lint(text, file).diagnostics
    if found:
        raise PolicyError(found)
    return ()


def seed(data_dir: Path) -> None:
    """Let a server that starts in `data_dir` find the shipped policy checked."""
    text = POLICY.read_text()
    check_once(text, POLICY.name, prohibitions_beside(POLICY))
    folder = policy_check_cache(data_dir)
    shutil.copy(entry_path(text, POLICY.name, prohibitions_beside(POLICY), Path(os.environ[VARIABLE])), folder)
