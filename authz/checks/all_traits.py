"""The decisions of a policy for many traits: each action is compiled once for all of them, where that is exact."""

from functools import lru_cache

from authz.actor import ActorKind, Traits
from authz.checks.noted_conditions import NotingCompiler
from authz.compiler.compiler import Compiler
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import ANYTHING, Dependence
from authz.model.actions import Capability
from authz.predicates.nodes import Decision
from models import Base

_MOST = 10_000


class DecisionsForAllTraits:
    """As `authz.decisions.Decisions`, for a policy that passes the checks. Raises CompileError and EngineError."""

    def __init__(self, compiler: Compiler, noting: NotingCompiler, linted: LintResult) -> None:
        self._compiler = compiler
        self._linted = linted
        self._noting = noting
        self._values = lru_cache(_MOST)(compiler.capability_values)

    def dependence(self, kind: ActorKind, *entry: str) -> Dependence:
        """Returns the traits that the rules for an action and a type, or for a capability, check.

        Nothing is known of a policy that the linter refuses: then no two actors share a decision.
        """
        unknown = ANYTHING if self._linted.diagnostics else Dependence()
        return self._linted.entry_dependences.get((kind.value, *entry), unknown)

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Returns on which rows of `model` actors with `traits` may perform `action`."""
        if not self._noting.is_exact(self.dependence(traits.kind, action, model.__name__)):
            return self._compiler.decision(traits, action, model)
        return self._noting.decisions(traits.kind, action, model)(traits)

    def capability_values(self, traits: Traits, capability: Capability) -> frozenset[str]:
        """Returns the values of `capability` that an actor with `traits` has; {""} if it is one without values."""
        return self._values(traits, capability)
