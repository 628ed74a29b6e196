"""A policy's source, compiled on demand: actor traits, action and type to a `Decision`.

allow(actor: Member, "view", service: Service) if …      policies.polar
-> residuals                                             Oso, partial evaluation (`oso_compiler.py`)
-> branches, each a predicate with its rules             `residual.py`
-> one simplified predicate                              `simplify.py`
"""

from collections.abc import Iterator

from authz.actor import Traits
from authz.compiler.oso_engine import OsoEngine
from authz.compiler.residual import UntranslatableResidual, predicate_of
from authz.language.instrument import Position, with_provenance
from authz.language.parser import parse
from authz.predicates.nodes import Any, Branch, Decision, Source
from authz.predicates.simplify import simplify
from models import Base


class CompileError(Exception):
    """An action has a branch that cannot be translated exactly. `sources` are the rules that it came through."""

    def __init__(self, reason: str, sources: tuple[Source, ...]) -> None:
        super().__init__(reason)
        self.sources = sources


class Compiler:
    """Compiles a policy that the lint lets through. Raises EngineError when Oso refuses it.

    `text` is the policy's source, or one that has the same rules; `file` its name; `certain` those parameters whose
    types need not be checked (`LintResult.certain`).
    """

    def __init__(self, text: str, file: str, certain: frozenset[Position]) -> None:
        rules, _ = parse(text, file)
        self.engine = OsoEngine(with_provenance(text, file, rules, certain))

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """All ways in which an actor with `traits` may do `action` to a row of `model`. Raises CompileError."""
        branches: dict[Branch, None] = {}
        for branch in self.branches(traits, action, model):
            if isinstance(branch, CompileError):
                raise branch
            branches[branch] = None
        where = simplify(Any(frozenset(branch.where for branch in branches)), model)
        return Decision(tuple(branches), where)

    def branches(self, traits: Traits, action: str, model: type[Base]) -> Iterator[Branch | CompileError]:
        """The same one by one; for a way that cannot be translated, the error that says why."""
        for traced in self.engine.residuals(traits, action, model.__name__):
            try:
                yield Branch(simplify(predicate_of(traced.residual, model), model), traced.sources)
            except UntranslatableResidual as error:
                yield CompileError(str(error), traced.sources)
