"""Runs the checks that a policy must pass before it is loaded, in a child process.

1. Lint: the source passes the linter (`authz/lint/linter.py`).
2. Load: Oso loads it, and Oso's warnings are errors.
3. Branches: each action compiles for each actor kind and type under the strict grammar of residuals, with conditions on
   traits taken as true, so that no branch hides behind a trait (`authz/compiler/residual.py`).
4. Translation validation: the compiled predicates agree with Oso's concrete decisions on random worlds
   (`differential.py`).
5. Prohibitions: the policy allows nothing that `policies.never`, beside it, prohibits (`prohibitions.py`).

A policy can make Oso run forever or crash, so the time of the child process is limited, and its death is reported as
an error. The limit is on processor time: how long a check waits for a busy machine says nothing about the policy. For a
policy that passes, the same process collects warnings (`warnings.py`), which do not prevent loading.
"""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from math import ceil
from pathlib import Path

from authz.actor import ActorKind, Traits
from authz.checks.all_branches import AllBranches
from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.differential import validate_translation
from authz.checks.failing_condition import FailingConditions, rule_span
from authz.checks.noted_conditions import NotingCompiler
from authz.checks.progress import last_step, line_of, work_on, write_progress
from authz.checks.prohibition_conditions import ExceptionCompiler
from authz.checks.prohibition_sentences import parse_prohibitions
from authz.checks.prohibitions import ProhibitionCheck
from authz.checks.random_worlds import NamedValues, named_values
from authz.checks.warnings import find_warnings
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError, OsoEngine
from authz.language.ast import Span
from authz.language.diagnostics import Diagnostic, PolicyError, Severity, as_json, from_json, in_file_order
from authz.lint.linter import LintResult, lint
from authz.model.actions import ACTIONS
from models import Audience, Permission

TIME_LIMIT = 60.0
"""Seconds of processor time."""

TIMES_AS_LONG = 5
"""How many times as long a check may take on a busy machine."""

_CACHED_RESULTS = 32
"""Number of passed policies whose result is cached: a server that runs for years loads many."""

_POSITION = re.compile(r" at line (\d+), column (\d+)")


@lru_cache(_CACHED_RESULTS)
def check(text: str, file: str, prohibitions: str = "", time_limit: float = TIME_LIMIT) -> tuple[Diagnostic, ...]:
    """Runs all checks on the policy `text`, called `file` in diagnostics, in a child process. Returns the warnings.
    `prohibitions` is the text of `policies.never` (`prohibition_sentences.py`).

    Raises PolicyError with all errors, also if the child dies, or takes more than `time_limit` seconds of processor
    time.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    longest = time_limit * TIMES_AS_LONG
    environment["POLAR_TIMEOUT_MS"] = str(int(longest * 1000))
    try:
        child = subprocess.run(
            [sys.executable, "-m", "authz.checks.pipeline"],
            input=json.dumps({"text": text, "file": file, "never": prohibitions, "seconds": time_limit}),
            capture_output=True,
            text=True,
            timeout=longest,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        output = (expired.stderr or b"").decode(errors="replace")
        raise PolicyError([_too_long(file, text, f"{longest:g} seconds", output)]) from None
    if child.returncode == -signal.SIGXCPU:
        raise PolicyError([_too_long(file, text, f"{time_limit:g} seconds of processor time", child.stderr)])
    if child.returncode:
        raise PolicyError(
            [_about_file(file, f"The check process died (exit status {child.returncode}).", child.stderr)]
        )
    diagnostics = from_json(child.stdout)
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
    if errors:
        raise PolicyError(errors)
    return in_file_order(diagnostics)


def _too_long(file: str, text: str, time: str, output: str) -> Diagnostic:
    step = last_step(output)
    place = f" It was at the rules for {step}." if step else ""
    suggestion = "Undo the last edit and make it in smaller steps."
    return Diagnostic(file, line_of(step, text), 1, step, f"The check took longer than {time}.{place}", suggestion)


def _about_file(file: str, reason: str, detail: str = "") -> Diagnostic:
    last_line = detail.strip().rsplit("\n", 1)[-1]
    return Diagnostic(file, 1, 1, last_line, reason, "Undo the last edit and make it in smaller steps.")


def run_checks(text: str, file: str, never: str = "") -> list[Diagnostic]:
    """Runs the checks in this process.

    Returns the errors of the first check that fails, or the warnings if all pass.
    """
    linted = lint(text, file)
    prohibitions, misspelt = parse_prohibitions(never)
    if linted.diagnostics or misspelt:
        return [*linted.diagnostics, *misspelt]
    try:
        OsoEngine(text)
        compiler, noting = Compiler(text, file, linted.non_null), NotingCompiler(linted, text, file)
        rules = DecisionsForAllTraits(compiler, noting, linted)
        named: NamedValues = {}
        errors = list(dict.fromkeys(_untranslatable(text, file, linted, noting, named))) or [
            _at_rule(finding, linted)
            for finding in validate_translation(
                compiler, file, named, dependences=linted.entry_dependences, decide=rules.decision
            )
        ]
        if errors:
            return errors
        exceptions = ExceptionCompiler(text, file)
        return (
            list(exceptions.load(prohibitions))
            or list(ProhibitionCheck(rules, linted, exceptions).broken(prohibitions))
            or list(find_warnings(compiler, rules, linted, file))
        )
    except EngineError as error:
        return [_from_oso(str(error), text, file)]
    except CompileError as error:
        return [_untranslated(error, text, file, linted, None)]


def _at_rule(finding: Diagnostic, linted: LintResult) -> Diagnostic:
    """Returns `finding`, of which only the line of its rule is known, with the column at which the rule begins."""
    columns = {rule.span.line: rule.span.column for rule in reversed(linted.rules)}
    return replace(finding, column=columns.get(finding.line, finding.column))


def _untranslatable(
    text: str, file: str, linted: LintResult, noting: NotingCompiler, named: NamedValues
) -> Iterator[Diagnostic]:
    """The third check: compiles each action with traits left open. Adds to `named` the values compared with columns."""
    branches = AllBranches(text, file, linted, noting)
    conditions = FailingConditions(text, linted)
    reported: set[tuple[int, int, str]] = set()
    for kind in ActorKind:
        traits = Traits(kind, Audience.ORGANIZATION, frozenset(Permission), True, True)
        for model, actions in ACTIONS.items():
            for action in actions:
                work_on(kind.value, action.value, model.__name__)
                try:
                    for branch in branches.of(traits, action.value, model):
                        if isinstance(branch, CompileError):
                            found = conditions.find(branch, (traits, action.value, model))
                            finding = _untranslated(branch, text, file, linted, found)
                            # One condition fails once for each of its values, and for each action that it is about.
                            place = finding.line, finding.column, "" if found else finding.reason
                            if place not in reported:
                                reported.add(place)
                                yield finding
                        else:
                            named_values(branch.where, model, named)
                except EngineError as error:
                    yield _from_oso(str(error), text, file)


def _untranslated(error: CompileError, text: str, file: str, linted: LintResult, found: Span | None) -> Diagnostic:
    """Returns the finding about the condition at `found`; if it is None, about the innermost rule."""
    span = found or rule_span(linted.rules, error)
    line, column = (span.line, span.column) if span else (1, 1)
    excerpt = " ".join(text[found.start : found.end].split()) if found else ""
    suggestion = "See `docs/policy.md` for the supported conditions."
    return Diagnostic(file, line, column, excerpt, f"No exact SQL: {error}.", suggestion)


def _from_oso(message: str, text: str, file: str) -> Diagnostic:
    """Converts Oso's own message to a diagnostic."""
    first = message.split("\n", 1)[0].strip()
    position = _POSITION.search(message)
    line, column = (int(position[1]), int(position[2])) if position else (1, 1)
    lines = text.splitlines()
    excerpt = lines[line - 1].strip() if position and line <= len(lines) else ""
    # Oso's advice to prefix the name with `_` is wrong for a text that lacks its quotes.
    reason, advice, _ = _POSITION.sub("", first).rstrip(":.").partition("; try renaming")
    suggestion = "Put text in quotes; write `_` for a parameter that may be anything." if advice else ""
    return Diagnostic(file, line, column, excerpt, f"Oso rejects it: {reason}.", suggestion)


if __name__ == "__main__":
    request = json.load(sys.stdin)
    write_progress()
    limit = max(1, ceil(request["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    sys.stdout.write(as_json(run_checks(request["text"], request["file"], request.get("never", ""))))
