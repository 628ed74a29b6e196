"""Compiles what follows `unless` in a sentence of `policies.never`, as if it were a rule of the policy.

    never: a Member views a ContractAccount unless is_served(actor, row)
    ->  allow(actor: Member, "never 3", row: ContractAccount) if is_served(actor, row);

The rule is added to the text of the policy, so that it can use the rules there; it allows nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from authz.actor import Traits
from authz.checks.prohibition_sentences import FILE, Prohibition
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError
from authz.language.diagnostics import Diagnostic
from authz.lint.linter import lint
from authz.lint.trait_dependence import Dependence
from authz.predicates.nodes import Decision
from models import Base

_INDENT = "    "


class ExceptionCompiler:
    """The conditions after `unless`, compiled with the policy `text`, called `file`, whose own rules are valid."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._text = text
        self._compilers: dict[Prohibition, Compiler] = {}
        self._dependences: dict[Prohibition, Dependence] = {}
        self._decisions: dict[tuple[Prohibition, Traits], Decision] = {}

    def load(self, prohibitions: Iterable[Prohibition]) -> Iterator[Diagnostic]:
        """Loads the conditions of all sentences. Yields what is wrong with them."""
        for prohibition in prohibitions:
            if prohibition.unless:
                yield from self._load(prohibition)

    def dependence(self, prohibition: Prohibition, _model: type[Base]) -> Dependence:
        """Returns the traits on which the condition depends."""
        return self._dependences[prohibition]

    def decision(self, prohibition: Prohibition, traits: Traits, model: type[Base]) -> Decision:
        """Returns on which rows of `model` the condition holds for actors with `traits`."""
        key = prohibition, traits
        if key not in self._decisions:
            self._decisions[key] = self._compilers[prohibition].decision(traits, _action(prohibition), model)
        return self._decisions[key]

    def _load(self, prohibition: Prohibition) -> Iterator[Diagnostic]:
        ((model, action),) = prohibition.actions
        kind = prohibition.actors.kind
        # Linted as a rule for the action itself, because the linter knows no other words.
        linted = lint(self._with(prohibition, action), self.file)
        if linted.diagnostics:
            yield from (self._placed(finding, prohibition) for finding in linted.diagnostics)
            return
        try:
            self._compilers[prohibition] = Compiler(
                self._with(prohibition, _action(prohibition)), self.file, linted.non_null
            )
            for branch in self._compilers[prohibition].branches(Traits(kind), _action(prohibition), model):
                if isinstance(branch, CompileError):
                    raise branch
        except (CompileError, EngineError) as error:
            reason = f"The condition has no exact SQL: {str(error).splitlines()[0]}."
            yield Diagnostic(FILE, *prohibition.unless_place, prohibition.unless, reason, "")
            return
        self._dependences[prohibition] = linted.entry_dependences[kind.value, action, model.__name__]

    def _with(self, prohibition: Prohibition, action: str) -> str:
        ((model, _),) = prohibition.actions
        # A variable that is not used must be `_`.
        actor, row = (name if re.search(rf"\b{name}\b", prohibition.unless) else "_" for name in ("actor", "row"))
        head = f'allow({actor}: {prohibition.actors.kind}, "{action}", {row}: {model.__name__}) if'
        return f"{self._text}\n{head}\n{_INDENT}{prohibition.unless};\n"

    def _placed(self, finding: Diagnostic, prohibition: Prohibition) -> Diagnostic:
        """Returns the finding of the linter with its place in the sentence."""
        before = self._text.count("\n") + 3  # the line on which the condition begins
        line, column = prohibition.unless_place
        if finding.line == before:
            return replace(finding, file=FILE, line=line, column=finding.column - len(_INDENT) + column - 1)
        if finding.line > before:
            return replace(finding, file=FILE, line=line + finding.line - before)
        return replace(finding, file=FILE, line=line, column=column)


def _action(prohibition: Prohibition) -> str:
    return f"never {prohibition.line}"
