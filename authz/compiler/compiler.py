"""Compiles a policy on demand: actor traits, action and type to a `Decision`.

allow(actor: Member, "view", service: Service) if …      policies.polar
-> residuals                                             partial evaluation in Oso (`oso_engine.py`)
-> branches, each a predicate with its rules             `residual.py`
-> one simplified predicate                              `predicates/simplify.py`
"""

from collections.abc import Iterator, Sequence

from authz.actor import Identity, Traits
from authz.compiler.oso_engine import OsoEngine, concrete_actor
from authz.compiler.residual import UntranslatableResidual, predicate_of
from authz.language.ast import Source
from authz.language.instrument import ParameterPosition, TraitCondition, with_provenance
from authz.language.parser import parse
from authz.model.actions import CAPABILITIES, Capability
from authz.predicates.nodes import Any, Branch, Decision
from authz.predicates.simplify import simplify
from models import Base


class CompileError(Exception):
    """An action has a branch that cannot be translated exactly. `sources` are the rules of its derivation."""

    def __init__(self, reason: str, sources: tuple[Source, ...]) -> None:
        super().__init__(reason)
        self.sources = sources


class Compiler:
    """Compiles a policy that the linter accepts. Raises EngineError if Oso rejects it.

    `text` is the policy's source, or one with the same rules; `file` its name; `non_null` the parameters whose types
    need not be checked (`LintResult.non_null`). The `conditions` are noted with each branch instead of evaluated.
    """

    def __init__(
        self, text: str, file: str, non_null: frozenset[ParameterPosition], conditions: Sequence[TraitCondition] = ()
    ) -> None:
        rules, _ = parse(text, file)
        self.engine = OsoEngine(with_provenance(text, file, rules, non_null, conditions))

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Returns when an actor with `traits` may perform `action` on a row of `model`. Raises CompileError."""
        branches: dict[Branch, None] = {}
        for branch in self.branches(traits, action, model):
            if isinstance(branch, CompileError):
                raise branch
            branches[branch] = None
        where = simplify(Any(frozenset(branch.where for branch in branches)), model)
        return Decision(tuple(branches), where)

    def capability_values(self, traits: Traits, capability: Capability) -> frozenset[str]:
        """Returns the values of `capability` that an actor with `traits` has; {""} if it is one without values. Raises
        EngineError."""
        actor, values = concrete_actor(traits, dict.fromkeys(Identity, "")), CAPABILITIES[capability]
        holds = self.engine.holds
        if values is None:
            return frozenset({""} if holds(capability.value, actor) else ())
        return frozenset(str(value) for value in values if holds(capability.value, actor, str(value)))

    def branches(self, traits: Traits, action: str, model: type[Base]) -> Iterator[Branch | CompileError]:
        """Yields the branches of the same decision; for a branch that cannot be translated, the error."""
        for branch, _ in self.noted_branches(traits, action, model):
            yield branch

    def noted_branches(
        self, traits: Traits, action: str, model: type[Base]
    ) -> Iterator[tuple[Branch | CompileError, frozenset[int]]]:
        """Yields the same with the conditions that were noted for each, by where they begin in the source."""
        for traced in self.engine.residuals(traits, action, model.__name__):
            try:
                yield Branch(simplify(predicate_of(traced.residual, model), model), traced.sources), traced.noted
            except UntranslatableResidual as error:
                yield CompileError(str(error), traced.sources), traced.noted
