"""The decisions that the checks try: each is compiled once for all actors who differ in nothing that its rules name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from authz.actor import Traits
from authz.checks.trait_combinations import without_unused
from authz.lint.linter import Entry
from authz.lint.trait_dependence import Dependence
from authz.predicates.nodes import Decision, Predicate
from models import Base

Decide = Callable[[Traits, str, type[Base]], Decision]


@dataclass(frozen=True)
class DecisionCase:
    """One action on a type, with its decision for actors with `traits`; `again` if others had the same decision."""

    traits: Traits
    action: str
    model: type[Base]
    decision: Decision
    again: bool = False


class Cases:
    """The decisions that `decide` takes. Without `dependences`, it is asked for all traits of each actor.

    Equal conditions are one object.
    """

    def __init__(self, decide: Decide, dependences: Mapping[Entry, Dependence] | None) -> None:
        self._decide, self._dependences = decide, dependences
        self._known: dict[tuple[Traits, str, type[Base]], Decision] = {}
        self._wheres: dict[Predicate, Predicate] = {}

    def of(self, traits: Traits, action: str, model: type[Base]) -> DecisionCase:
        """Returns the case of actors with `traits`."""
        used = traits
        if self._dependences is not None:
            entry = traits.kind.value, action, model.__name__
            used = without_unused(traits, self._dependences.get(entry, Dependence()))
        again = (used, action, model) in self._known
        if not again:
            decision = self._decide(used, action, model)
            where = self._wheres.setdefault(decision.where, decision.where)
            self._known[used, action, model] = replace(decision, where=where)
        return DecisionCase(traits, action, model, self._known[used, action, model], again)
