"""What rules decide, whoever compiled them: a loaded policy, or a policy that is still being checked."""

from typing import Protocol

from authz.actor import Traits
from authz.model.actions import REQUIRED, Capability
from authz.predicates.nodes import Decision
from models import Base


class Decisions(Protocol):
    """The answers of one version of the rules, by the traits of an actor."""

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """Returns on which rows of `model` actors with `traits` may perform `action`."""

    def capability_values(self, traits: Traits, capability: Capability) -> frozenset[str]:
        """Returns the values of `capability` that an actor with `traits` has; {""} if it is one without values."""


def held_values(rules: Decisions, traits: Traits, capability: Capability) -> frozenset[str]:
    """Returns the values of `capability` that an actor with `traits` has in effect; {""} if it is one without values.

    As `Decisions.capability_values`, but empty if the actor lacks the capability that this one requires.
    """
    required = REQUIRED.get(capability)
    if required is not None and not rules.capability_values(traits, required):
        return frozenset()
    return rules.capability_values(traits, capability)
