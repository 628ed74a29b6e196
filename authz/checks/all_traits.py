"""The decisions of a policy for many traits: each action is compiled once for all of them, where that is exact."""

from functools import lru_cache

from authz.actor import ActorKind, Traits
from authz.checks.noted_conditions import BranchesOfTraits, NotingCompiler
from authz.compiler.compiler import Compiler
from authz.lint.linter import LintResult
from authz.lint.trait_dependence import Dependence
from authz.model.actions import Capability
from authz.predicates.nodes import Any, Branch, Decision
from authz.predicates.simplify import simplify
from models import Base

_MOST = 10_000


class DecisionsForAllTraits:
    """As `authz.decisions.Decisions`, for a policy that passes the checks. Raises CompileError and EngineError."""

    def __init__(self, compiler: Compiler, noting: NotingCompiler, linted: LintResult) -> None:
        self._compiler = compiler
        self._linted = linted
        self._noting = noting
        self._compiled: dict[tuple[ActorKind, str, type[Base]], BranchesOfTraits | None] = {}
        self._decisions: dict[tuple[type[Base], tuple[Branch, ...]], Decision] = {}
        self._values = lru_cache(_MOST)(compiler.capability_values)

    def dependence(self, kind: ActorKind, *entry: str) -> Dependence:
        """Returns the traits that the rules for an action and a type, or for a capability, check."""
        return self._linted.entry_dependences.get((kind.value, *entry), Dependence())

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Returns on which rows of `model` actors with `traits` may perform `action`."""
        key = traits.kind, action, model
        if key not in self._compiled:
            exact = self._noting.is_exact(self.dependence(traits.kind, action, model.__name__))
            self._compiled[key] = self._noting.branches(*key) if exact else None
        branches_of = self._compiled[key]
        if branches_of is None:
            return self._compiler.decision(traits, action, model)
        branches = branches_of(traits)
        if (model, branches) not in self._decisions:
            where = simplify(Any(frozenset(branch.where for branch in branches)), model)
            self._decisions[model, branches] = Decision(branches, where)
        return self._decisions[model, branches]

    def capability_values(self, traits: Traits, capability: Capability) -> frozenset[str]:
        """Returns the values of `capability` that an actor with `traits` has; {""} if it is one without values."""
        return self._values(traits, capability)
