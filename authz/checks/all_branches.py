"""The branches of each action whatever the actor's traits, so that none of them hides behind a condition on traits."""

from collections.abc import Iterator
from functools import cached_property

from authz.actor import Traits
from authz.checks.noted_conditions import NotingCompiler
from authz.compiler.compiler import CompileError, Compiler
from authz.language.instrument import without_trait_conditions
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence
from authz.predicates.nodes import Branch
from models import Base


class AllBranches:
    """The branches of the policy `text`. Raises EngineError.

    Where noting the conditions on traits is exact, these are the branches that `noting` has compiled. Elsewhere, the
    conditions on traits are taken as true, and what else the rules say of traits is about those given.
    """

    def __init__(self, text: str, file: str, linted: LintResult, noting: NotingCompiler) -> None:
        self._text, self._file, self._linted, self._noting = text, file, linted, noting

    @cached_property
    def _compiler(self) -> Compiler:
        opened = without_trait_conditions(self._text, self._linted.trait_conditions, self._linted.rules)
        return Compiler(opened, self._file, self._linted.non_null)

    def of(self, traits: Traits, action: str, model: type[Base]) -> Iterator[Branch | CompileError]:
        """Yields the branches of `action`; for one that cannot be translated, the error."""
        entry = traits.kind.value, action, model.__name__
        if self._noting.is_exact(self._linted.entry_dependences.get(entry, Dependence())):
            yield from (branch for branch, _ in self._noting.noted_branches(traits.kind, action, model))
        else:
            yield from self._compiler.branches(traits, action, model)
