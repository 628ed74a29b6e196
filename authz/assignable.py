"""Decides what an admin may assign to others, apart from individual accounts."""

from dataclasses import dataclass

from authz.actor import Traits
from authz.decisions import Decisions, held_values
from authz.model.actions import Capability
from models import Audience, ContractAccount, DeliveryAccount, Permission


@dataclass(frozen=True, slots=True)
class Assignable:
    """The audiences and permissions that an admin may assign, and whether they may assign *all* accounts of a kind."""

    audiences: frozenset[Audience]
    permissions: frozenset[Permission]
    all_contract_accounts: bool
    all_delivery_accounts: bool

    @property
    def whole_organization(self) -> bool:
        """Whether no account limits the admin: they may make people of the organization with all contract accounts."""
        return Audience.ORGANIZATION in self.audiences and self.all_contract_accounts


def assignable(policy: Decisions, traits: Traits) -> Assignable | None:
    """Returns what `policy` lets an actor with `traits` assign; None if they may not manage users."""
    if not policy.capability_values(traits, Capability.MANAGES_USERS):
        return None
    assign_all = held_values(policy, traits, Capability.ASSIGN_ALL)
    return Assignable(
        frozenset(map(Audience, held_values(policy, traits, Capability.ASSIGN_AUDIENCE))),
        frozenset(map(Permission, held_values(policy, traits, Capability.ASSIGN_PERMISSION))),
        ContractAccount.__name__ in assign_all,
        DeliveryAccount.__name__ in assign_all,
    )
