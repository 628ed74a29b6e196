"""What an admin may give to others, apart from accounts one by one."""

from dataclasses import dataclass

from authz.actor import Traits
from authz.model.resources import Capability
from authz.policy import Policy
from models import Audience, ContractAccount, DeliveryAccount, Permission


@dataclass(frozen=True, slots=True)
class Assignable:
    """The audiences and permissions that an admin may give, and whether they may give *all* accounts of a kind."""

    audiences: frozenset[Audience]
    permissions: frozenset[Permission]
    all_contract_accounts: bool
    all_delivery_accounts: bool


def assignable(policy: Policy, traits: Traits) -> Assignable | None:
    """What `policy` lets an actor with `traits` give; None for those who manage no users."""
    if not policy.answers(traits, Capability.MANAGES_USERS):
        return None
    every = policy.answers(traits, Capability.ASSIGN_ALL)
    return Assignable(
        frozenset(map(Audience, policy.answers(traits, Capability.ASSIGN_AUDIENCE))),
        frozenset(map(Permission, policy.answers(traits, Capability.ASSIGN_PERMISSION))),
        ContractAccount.__name__ in every,
        DeliveryAccount.__name__ in every,
    )
