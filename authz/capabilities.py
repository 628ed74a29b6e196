"""The questions about an actor alone: whether they have a capability, and for some, of which value.

    creates_organizations              may the actor create organizations?
    assign_permission BILLING_VIEW     may the actor give BILLING_VIEW to others?

The vocabulary is `CAPABILITIES`: a capability that is added there is asked by every command about access.
"""

from dataclasses import dataclass, replace

from authz.actor import ActorKind, Traits
from authz.decisions import held_values
from authz.explain.derivations import Derivation, Step
from authz.language.ast import Source
from authz.model.actions import CAPABILITIES, REQUIRED, Capability
from authz.policy import Policy
from authz.predicates.nodes import TRUE


@dataclass(frozen=True, slots=True)
class Question:
    """A capability, and the value of which it is asked; the value is empty if the capability has none."""

    capability: Capability
    value: str = ""

    def __str__(self) -> str:
        return f"{self.capability} {self.value}".rstrip()


QUESTIONS: tuple[Question, ...] = tuple(
    Question(capability, str(value)) for capability, values in CAPABILITIES.items() for value in values or ("",)
)
"""All questions, in the order of the vocabulary."""


def holds(policy: Policy, traits: Traits, question: Question) -> bool:
    """Whether the answer to `question` is yes for an actor with `traits`."""
    return question.value in held_values(policy, traits, question.capability)


def derivations(policy: Policy, kind: ActorKind, question: Question) -> list[Derivation]:
    """Returns the derivations of a yes to `question` for actors of `kind`, with those of the required capability."""
    builder, values = policy.derivation_builder, (question.value,) if question.value else ()
    own = builder.for_rule(kind, question.capability, *values)
    required = REQUIRED.get(question.capability)
    if required is None:
        return own
    gates = builder.for_rule(kind, required)
    return [whole for derivation in own for whole in _through(derivation, gates)]


def _through(derivation: Derivation, gates: list[Derivation]) -> list[Derivation]:
    """Returns `derivation` alone if it includes one of `gates`; else joined with what each of them adds."""
    joined = [_joined(derivation, gate) for gate in gates]
    return [derivation] if derivation in joined else joined


def _joined(derivation: Derivation, gate: Derivation) -> Derivation:
    known = set(map(_meaning, derivation.steps))
    rules = (rule for rule in gate.rules if rule not in derivation.rules)
    steps = (step for step in gate.steps if _meaning(step) not in known)
    return replace(derivation, rules=(*derivation.rules, *rules), steps=(*derivation.steps, *steps))


def _meaning(step: Step) -> object:
    # Equal steps mean the same only if their variables have the same values.
    return step, frozenset(step.variables.items())


def is_fulfilled(derivation: Derivation, traits: Traits) -> bool:
    """Whether all conditions of `derivation`, which are about the actor alone, hold for an actor with `traits`."""
    return all(step.predicate(traits)[1] == TRUE for step in derivation.steps)


def deciding_rules(policy: Policy, traits: Traits, question: Question) -> tuple[Source, ...]:
    """Returns the rules of the first derivation that holds for an actor with `traits`; none if the answer is no."""
    return next(
        (
            derivation.rules
            for derivation in derivations(policy, traits.kind, question)
            if is_fulfilled(derivation, traits)
        ),
        (),
    )
