"""Loads a policy from a file, checks all of it before it is used, and compiles its decisions on demand."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from authz.actor import ActorKind, Traits
from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.cache import entry_path, turn, write_entry
from authz.checks.noted_conditions import NotingCompiler
from authz.checks.pipeline import check
from authz.checks.prohibition_sentences import FILE as PROHIBITIONS_FILE
from authz.checks.trait_combinations import without_unused
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError
from authz.explain.derivations import DerivationBuilder
from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic, PolicyError, as_json, from_json
from authz.language.lexer import tokenize
from authz.lint.linter import lint
from authz.lint.trait_dependence import Dependence
from authz.model.actions import ACTIONS, Capability
from authz.model.actor_attributes import LIST_ATTRIBUTES
from authz.predicates.nodes import FALSE, Decision
from authz.predicates.sql_template import TemplateCache
from models import Base

__all__ = ["PROHIBITIONS_FILE", "Diagnostic", "Policy", "PolicyError", "load", "prohibitions_beside", "read"]

log = logging.getLogger("portico.policy")

_CACHED_DECISIONS = 4096

MAX_BYTES = 1_000_000
"""The length of the longest policy. That of Portico has 21,000 bytes."""

DENIED = Decision((), FALSE)


class Policy:
    """One version of the rules. Safe to share between threads; equal to any other policy of the same version.

    `version` is the start of the source's SHA-256, in hexadecimal. `warnings` are for the policy's author. `errors`
    counts how often access was denied because of an error in the rules that the load checks should have found.
    `templates` is what its decisions look like in SQL, for `Access`; `kept` is what else functions of `authz` have
    found out about actors with certain traits. `rules` are those of the source, in its order.
    """

    def __init__(self, text: str, file: str, warnings: Sequence[Diagnostic] = ()) -> None:
        self.version = version_of(text)
        self.errors = 0
        self._text, self._file = text, file
        self.warnings = tuple(warnings)
        self._linted = linted = lint(text, file)
        self.rules: Sequence[Rule] = linted.rules
        self._dependences = linted.entry_dependences
        self._named_values = {
            name: frozenset(linted.allow_dependence.values_of(values))
            for name, values in LIST_ATTRIBUTES.items()
            if values not in linted.allow_dependence.whole_lists
        }
        self._compiler = Compiler(text, file, linted.non_null)
        self._decisions = lru_cache(_CACHED_DECISIONS)(self._decide)
        self.templates: TemplateCache[Any] = TemplateCache()
        self.kept: TemplateCache[Any] = TemplateCache()
        self._cached_values = lru_cache(_CACHED_DECISIONS)(self._compiler.capability_values)

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Decides on which rows of `model` actors with `traits` may perform `action`.

        Cached; the first call takes milliseconds. An error in the rules denies everything, is logged, and counted in
        `errors`. Raises KeyError for an unknown type, and ValueError for an unknown action.
        """
        name = ACTIONS[model](action).value
        try:
            return self._decisions(self.relevant(traits), name, model)
        except (CompileError, EngineError) as error:
            self._record_error(f"{name} {model.__name__}", error)
            return DENIED

    def _decide(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        dependence = self.for_all_traits.dependence(traits.kind, action, model.__name__)
        return self.for_all_traits.decision(without_unused(traits, dependence), action, model)

    def relevant(self, traits: Traits) -> Traits:
        """Removes values from `traits` that no `allow` rule checks, so that more actors share compiled decisions."""
        checked: Any = {name: getattr(traits, name) & values for name, values in self._named_values.items()}
        return replace(traits, **checked)

    def dependence(self, kind: ActorKind, action: str, model: type[Base]) -> Dependence:
        """Returns the traits that the rules for `action` on `model` check, for actors of `kind`."""
        return self._dependences.get((kind.value, ACTIONS[model](action).value, model.__name__), Dependence())

    def capability_dependence(self, kind: ActorKind, capability: Capability) -> Dependence:
        """Returns the traits that the rules for `capability` check, for actors of `kind`."""
        return self._dependences.get((kind.value, capability.value), Dependence())

    def capability_values(self, traits: Traits, capability: Capability) -> frozenset[str]:
        """Returns the values of `capability` that an actor with `traits` has; {""} if it is one without values.

        An error in the rules yields no values, and is logged and counted as in `decision`.
        """
        try:
            return self._cached_values(traits, capability)
        except EngineError as error:
            self._record_error(capability.value, error)
            return frozenset()

    def _record_error(self, request: str, error: Exception) -> None:
        self.errors += 1
        log.error("Policy %s fails on %s, which is denied: %s", self.version, request, error)

    @cached_property
    def derivation_builder(self) -> DerivationBuilder:
        """Lists the derivations of its decisions, for explanations and tests. Created on first use."""
        return DerivationBuilder(self._text, self._file, self.rules)

    @cached_property
    def rule_words(self) -> Mapping[int, tuple[str, ...]]:
        """The words of the rules that begin on each line, without comments, and with the blanks in their literals."""
        words: dict[int, tuple[str, ...]] = {}
        for rule in self.rules:
            tokens = tokenize(self._text[rule.span.start : rule.end], self._file)
            words[rule.span.line] = words.get(rule.span.line, ()) + tuple(token.text for token in tokens)
        return words

    @cached_property
    def for_all_traits(self) -> DecisionsForAllTraits:
        """Its decisions, without the answers to errors in the rules. Created on first use."""
        noting = NotingCompiler(self._linted, self._text, self._file)
        return DecisionsForAllTraits(self._compiler, noting, self._linted)

    @property
    def source(self) -> tuple[str, str]:
        """Returns the text, and the name of its file."""
        return self._text, self._file

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)


def version_of(text: str) -> str:
    """Returns the version of the policy whose source is `text`."""
    return sha256(text.encode()).hexdigest()[:16]


def load(path: Path, check_cache: Path | None = None) -> Policy:
    """Loads the policy in the file `path` after all checks, which take seconds for a text that is new to the process.

    `check_cache` is a folder that only the operator can write to. With it, the checks are skipped for a text that has
    passed them before. Raises PolicyError with all errors, and OSError if the file cannot be read.
    """
    return from_text(read(path), path.name, check_cache, prohibitions_beside(path))


def prohibitions_beside(path: Path) -> str:
    """Returns the text of `policies.never` in the folder of the policy `path`; empty if there is none. Raises
    PolicyError and OSError as `read`."""
    beside = path.parent / PROHIBITIONS_FILE
    # A link to nowhere is no way to prohibit nothing.
    return read(beside) if beside.is_symlink() or beside.exists() else ""


def read(path: Path) -> str:
    """Reads the source in the file `path`. Raises PolicyError if it is too long or not UTF-8, and OSError if it cannot
    be read."""
    if path.stat().st_size > MAX_BYTES:
        reason = f"The file is longer than {MAX_BYTES:,} bytes."
        raise PolicyError([Diagnostic(path.name, 1, 1, "", reason, "Write conditions that rules share as one rule.")])
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PolicyError([Diagnostic(path.name, 1, 1, "", "The file is not UTF-8.", "Save it as UTF-8.")]) from None


def from_text(text: str, file: str, check_cache: Path | None = None, prohibitions: str = "") -> Policy:
    """As `load`, for the policy whose source is `text`, called `file` in diagnostics, and which must obey the
    sentences of `prohibitions`."""
    if check_cache is None:
        return Policy(text, file, check(text, file, prohibitions))
    entry = entry_path(text, file, prohibitions, check_cache)
    if not entry.exists():
        return Policy(text, file, _check_once(entry, text, file, prohibitions))
    return Policy(text, file, from_json(entry.read_text()))


def _check_once(entry: Path, text: str, file: str, prohibitions: str) -> Sequence[Diagnostic]:
    """Returns the warnings about a policy: checks it and writes its cache entry, unless another process does so now.
    Raises PolicyError."""
    with turn(entry) as rejections:
        if entry.exists():
            return from_json(entry.read_text())
        findings = rejections.found()
        if findings is not None:
            raise PolicyError(from_json(findings))
        try:
            warnings = check(text, file, prohibitions)
        except PolicyError as error:
            rejections.write(as_json(error.diagnostics))
            raise
        write_entry(entry, as_json(warnings))
        return warnings
