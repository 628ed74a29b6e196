"""All ways in which a policy could allow something, also those that an actor's traits close, and what each asks for.

`Policy.decision` has the ways that are open to given traits: conditions on traits have folded away. To tell somebody
why not, they are needed: here each stands beside the predicate on the row, with its text and its line.
"""

from dataclasses import dataclass

from authz.actor import Traits
from authz.compiler import Compiler
from authz.lint import lint
from authz.oso_compiler import Machine, concrete_actor
from authz.predicate import FALSE, All, Predicate, Source
from authz.residual import predicate_of
from authz.rewriting import TraitCondition, with_traits_marked
from authz.simplify import simplify
from authz.vocabulary import ACTIONS, IDENTITY
from models import Base

_RULE = "trait_condition_"


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an action could be allowed: by an actor on whom all of `traits` hold, on a row of which all of
    `conditions` hold. `sources` are the rules that it comes through, outermost first."""

    sources: tuple[Source, ...]
    traits: tuple[TraitCondition, ...]
    conditions: frozenset[Predicate]


class Ways:
    """The ways of one policy. `text` and `file` are as in `Compiler`, and have passed the gates."""

    def __init__(self, text: str, file: str) -> None:
        linted = lint(text, file)
        marked, self._traits = with_traits_marked(text, file, linted.trait_conditions, linted.rules)
        self._compiler = Compiler(marked, file, linted.certain)
        rules = [f"{_RULE}{number}{each.rule}" for number, each in enumerate(self._traits)]
        # Oso warns of a policy without an `allow` rule.
        self._conditions = Machine("\n".join([*rules, "allow(_, _, _) if false;"]))

    def of(self, traits: Traits, action: str, model: type[Base]) -> tuple[Way, ...]:
        """All ways in which an actor of this kind could do `action` to a row of `model`, in the order of the policy.

        Where a rule compares data with a trait, the value is that of `traits`. Raises KeyError for a type, and
        ValueError for an action, that is not in the vocabulary.
        """
        found: dict[Way, None] = {}
        for traced in self._compiler.machine.residuals(traits, ACTIONS[model](action).value, model.__name__):
            where = simplify(predicate_of(traced.residual, model), model)
            if where != FALSE:
                asked = tuple(self._traits[mark] for mark in sorted(traced.marks))
                found[Way(traced.sources, asked, _conjuncts(where))] = None
        return tuple(found)

    def holds(self, condition: TraitCondition, traits: Traits) -> bool:
        """Whether the condition holds of an actor with `traits`."""
        actor = concrete_actor(traits, dict.fromkeys(IDENTITY, ""))
        return self._conditions.holds(f"{_RULE}{self._traits.index(condition)}", actor)


def _conjuncts(where: Predicate) -> frozenset[Predicate]:
    return where.items if isinstance(where, All) else frozenset({where})
