"""The four gates that a policy passes before it takes its place, run in a process of its own.

1. The source is linted (`lint.py`).
2. Oso loads it, and its warnings are errors.
3. Every actor kind, action and type compiles under the strict grammar of residuals, with conditions on traits taken for
   true, so that no branch hides behind a trait (`residual.py`).
4. The compiled predicates agree with Oso's concrete answers on random worlds (`validation.py`).

A policy can make Oso run forever or crash: the child process has a time limit, and its death is a finding. Of a policy
that passes, the same process says what is probably not meant (`doubts.py`): warnings, which keep nothing from loading.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from authz.actor import ActorKind, Traits
from authz.checks.differential import validate_translation
from authz.checks.random_worlds import NamedValues, named_values
from authz.checks.warnings import find_warnings
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError, OsoEngine
from authz.language.diagnostics import Diagnostic, PolicyError, Severity, as_json, from_json, in_file_order
from authz.language.instrument import with_open_traits
from authz.lint.linter import LintResult, lint
from authz.model.resources import ACTIONS
from models import Audience, Permission

TIME_LIMIT = 60.0
_PASSED = 32
"""How many texts that have passed are remembered: a server that runs for years sees many."""

_PLACE = re.compile(r" at line (\d+), column (\d+)")


@lru_cache(_PASSED)
def check(text: str, file: str, time_limit: float = TIME_LIMIT) -> tuple[Diagnostic, ...]:
    """Passes the policy `text`, called `file` in findings, through all gates in a child process; the warnings.

    Raises PolicyError with all errors; also when the child takes longer than `time_limit` seconds or dies.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(place or str(Path.cwd()) for place in sys.path)}
    environment["POLAR_TIMEOUT_MS"] = str(int(time_limit * 1000))
    try:
        child = subprocess.run(
            [sys.executable, "-m", "authz.checks.pipeline"],
            input=json.dumps({"text": text, "file": file}),
            capture_output=True,
            text=True,
            timeout=time_limit,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PolicyError([_about_all(file, f"The check took longer than {time_limit:g} seconds.")]) from None
    if child.returncode:
        raise PolicyError([_about_all(file, f"The check died (exit status {child.returncode}).", child.stderr)])
    findings = from_json(child.stdout)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise PolicyError(errors)
    return in_file_order(findings)


def _about_all(file: str, reason: str, detail: str = "") -> Diagnostic:
    last = detail.strip().rsplit("\n", 1)[-1]
    return Diagnostic(file, 1, 1, last, reason, "Take back the last edit, and make it in smaller steps.")


def run_checks(text: str, file: str) -> list[Diagnostic]:
    """What the gates find, in this process; where they find nothing, the warnings.

    A gate is only entered when those before it found nothing.
    """
    linted = lint(text, file)
    if linted.diagnostics:
        return list(linted.diagnostics)
    try:
        OsoEngine(text)
        compiler = Compiler(text, file, linted.non_null)
        named: NamedValues = {}
        return (
            list(dict.fromkeys(_branches(text, file, linted, named)))
            or list(validate_translation(compiler, file, named))
            or list(find_warnings(compiler, linted, file))
        )
    except EngineError as error:
        return [_from_oso(str(error), text, file)]
    except CompileError as error:
        return [_untranslated(error, file)]


def _branches(text: str, file: str, linted: LintResult, named: NamedValues) -> Iterator[Diagnostic]:
    """The third gate: each action compiled with traits left open. Adds to `named` the values that are compared with."""
    opened = with_open_traits(text, linted.trait_conditions, linted.rules)
    compiler = Compiler(opened, file, linted.non_null)
    for kind in ActorKind:
        traits = Traits(kind, Audience.ORGANIZATION, frozenset(Permission), True, True)
        for model, actions in ACTIONS.items():
            for action in actions:
                try:
                    for branch in compiler.branches(traits, action.value, model):
                        if isinstance(branch, CompileError):
                            yield _untranslated(branch, file)
                        else:
                            named_values(branch.where, model, named)
                except EngineError as error:
                    yield _from_oso(str(error), text, file)


def _untranslated(error: CompileError, file: str) -> Diagnostic:
    line = error.sources[-1].line if error.sources else 1
    return Diagnostic(
        file, line, 1, "", f"No exact SQL: {error}.", "See `docs/policy.md` for the conditions that can be used."
    )


def _from_oso(message: str, text: str, file: str) -> Diagnostic:
    """Oso's own message as a finding."""
    first = message.split("\n", 1)[0].strip()
    place = _PLACE.search(message)
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    lines = text.splitlines()
    shown = lines[line - 1].strip() if place and line <= len(lines) else ""
    # Oso's advice, to put a `_` in front, is wrong for a text that lacks its quotes.
    reason, advice, _ = _PLACE.sub("", first).rstrip(":.").partition("; try renaming")
    idiom = "Text stands in quotes; what may be anything is called `_`." if advice else ""
    return Diagnostic(file, line, column, shown, f"Oso refuses it: {reason}.", idiom)


if __name__ == "__main__":
    request = json.load(sys.stdin)
    sys.stdout.write(as_json(run_checks(request["text"], request["file"])))
