"""The policy in force: loaded from a file, checked as a whole before it takes its place, compiled on demand."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from authz.actor import ActorKind, Traits
from authz.checks.cache import entry_path, write_entry
from authz.checks.pipeline import check
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError, concrete_actor
from authz.explain.derivations import DerivationBuilder
from authz.language.diagnostics import Diagnostic, PolicyError, as_json, from_json
from authz.lint.linter import lint
from authz.lint.trait_dependence import Dependence
from authz.model.actor_attributes import LIST_ATTRIBUTES
from authz.model.resources import ACTIONS, CAPABILITIES, Capability
from authz.predicates.nodes import FALSE, Decision, Identity
from models import Base

__all__ = ["Diagnostic", "Policy", "PolicyError", "load", "read"]

log = logging.getLogger("portico.policy")

_CACHED = 4096

DENIED = Decision((), FALSE)


class Policy:
    """One version of the rules. Safe to share between threads; equal to any other policy of the same version.

    `version` is the beginning of the SHA-256 of the source, in hexadecimal; `warnings` what its author should know.
    `errors` counts how often an error inside of the rules, which the gates should have found, has denied something.
    """

    def __init__(self, text: str, file: str, warnings: Sequence[Diagnostic] = ()) -> None:
        self.version = version_of(text)
        self.errors = 0
        self._text, self._file = text, file
        self.warnings = tuple(warnings)
        linted = lint(text, file)
        self._rules = linted.rules
        self._dependences = linted.dependences
        self._asked = {
            name: frozenset(linted.behind_allow.named(words))
            for name, words in LIST_ATTRIBUTES.items()
            if words not in linted.behind_allow.further
        }
        self._compiler = Compiler(text, file, linted.non_null)
        self._decisions = lru_cache(_CACHED)(self._compiler.decision)
        self._answers = lru_cache(_CACHED)(self._answer)

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Who may do `action` to rows of `model`, for actors with `traits`. Cached; the first time takes milliseconds.

        An error inside of the rules allows nobody anything; it is logged, and counted in `errors`. Raises KeyError for
        a type, and ValueError for an action, that is not in the vocabulary.
        """
        name = ACTIONS[model](action).value
        try:
            return self._decisions(self.relevant(traits), name, model)
        except (CompileError, EngineError) as error:
            self._note(f"{name} {model.__name__}", error)
            return DENIED

    def relevant(self, traits: Traits) -> Traits:
        """`traits` without what no `allow` rule asks for: actors who differ only in that share what was compiled."""
        asked: Any = {name: getattr(traits, name) & words for name, words in self._asked.items()}
        return replace(traits, **asked)

    def dependence(self, kind: ActorKind, action: str, model: type[Base]) -> Dependence:
        """On which traits it depends what actors of `kind` may do `action` to: all that the rules for it look at."""
        return self._dependences.get((kind.value, ACTIONS[model](action).value, model.__name__), Dependence())

    def answers(self, traits: Traits, question: Capability) -> frozenset[str]:
        """For which words an actor with `traits` has the answer yes; for a question without words: "" or nothing.

        An error inside of the rules is no for all words, logged and counted as in `decision`."""
        try:
            return self._answers(traits, question)
        except EngineError as error:
            self._note(question.value, error)
            return frozenset()

    def _note(self, asked: str, error: Exception) -> None:
        self.errors += 1
        log.error("Policy %s fails on %s, which is denied: %s", self.version, asked, error)

    @cached_property
    def derivation_builder(self) -> DerivationBuilder:
        """The ways through its rules, condition by condition: for explanations and tests. Made when first asked for."""
        return DerivationBuilder(self._text, self._file, self._rules)

    def _answer(self, traits: Traits, question: Capability) -> frozenset[str]:
        actor = concrete_actor(traits, dict.fromkeys(Identity, ""))
        words = CAPABILITIES[question]
        holds = self._compiler.engine.holds
        if words is None:
            return frozenset({""} if holds(question.value, actor) else ())
        return frozenset(str(word) for word in words if holds(question.value, actor, str(word)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)


def version_of(text: str) -> str:
    """The version of the policy whose source is `text`."""
    return sha256(text.encode()).hexdigest()[:16]


def load(path: Path, check_cache: Path | None = None) -> Policy:
    """The policy in the file `path`, after all checks, which take some seconds for a text that is new to the process.

    With `stamps`, a folder that only the operator can write to, they are left out for a text that has passed them
    before. Raises PolicyError with everything that was found, and OSError when the file cannot be read.
    """
    return from_text(read(path), path.name, check_cache)


def read(path: Path) -> str:
    """The source in the file `path`. Raises PolicyError when it is no text, and OSError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PolicyError([Diagnostic(path.name, 1, 1, "", "The file is not UTF-8.", "Save it as UTF-8.")]) from None


def from_text(text: str, file: str, check_cache: Path | None = None) -> Policy:
    """The policy whose source is `text`, called `file` in findings; otherwise as `load`."""
    stamp = None if check_cache is None else entry_path(text, file, check_cache)
    if stamp is not None and stamp.exists():
        return Policy(text, file, from_json(stamp.read_text()))
    warnings = check(text, file)
    if stamp is not None:
        stamp.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_entry(stamp, as_json(warnings))
    return Policy(text, file, warnings)
