"""Decides what an admin may assign to others, apart from individual accounts."""

from dataclasses import dataclass

from authz.actor import Traits
from authz.capabilities import held_values
from authz.model.actions import Capability
from authz.policy import Policy
from models import Audience, ContractAccount, DeliveryAccount, Permission


@dataclass(frozen=True, slots=True)
class Assignable:
    """The audiences and permissions that an admin may assign, and whether they may assign *all* accounts of a kind."""

    audiences: frozenset[Audience]
    permissions: frozenset[Permission]
    all_contract_accounts: bool
    all_delivery_accounts: bool


def assignable(policy: Policy, traits: Traits) -> Assignable | None:
    """Returns what `policy` lets an actor with `traits` assign; None if they may not manage users. Kept with the
    policy."""
    key = "assignable", traits
    kept: tuple[Assignable | None] | None = policy.kept.get(key)
    if kept is None:
        kept = policy.kept.put(key, (_find_assignable(policy, traits),))
    return kept[0]


def _find_assignable(policy: Policy, traits: Traits) -> Assignable | None:
    if not policy.capability_values(traits, Capability.MANAGES_USERS):
        return None
    assign_all = held_values(policy, traits, Capability.ASSIGN_ALL)
    return Assignable(
        frozenset(map(Audience, held_values(policy, traits, Capability.ASSIGN_AUDIENCE))),
        frozenset(map(Permission, held_values(policy, traits, Capability.ASSIGN_PERMISSION))),
        ContractAccount.__name__ in assign_all,
        DeliveryAccount.__name__ in assign_all,
    )
