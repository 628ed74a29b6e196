"""The flag `within_reach_of_actor` on the users of a world of plain values: what `Access.within_reach` is in SQL."""

from collections.abc import Mapping

from authz.actor import Traits
from authz.assignable import assignable
from authz.model.resources import ContractAccountAction, DeliveryAccountAction, ResourceFlag
from authz.policy import Policy
from authz.predicates.evaluate import Row, World, holds
from authz.predicates.nodes import Identity
from models import Base, ContractAccount, ContractGrant, DeliveryAccount, DeliveryGrant, User, UserPermission


def set_flags(policy: Policy, traits: Traits, identity: Mapping[Identity, str | None], world: World) -> None:
    """Sets the flags of all users in `world` to what they are for the actor; until then they mean nothing."""
    for user in world.rows(User):
        user.values[ResourceFlag.WITHIN_REACH_OF_ACTOR] = within_reach(policy, traits, identity, user)


def within_reach(policy: Policy, traits: Traits, identity: Mapping[Identity, str | None], user: Row) -> bool:
    """Whether `user` has nothing that the actor could not give, by the policy's own rules."""
    gives = assignable(policy, traits)
    if gives is None:
        return False

    def may_assign_all(grants: type[Base], key: str, accounts: type[Base], action: str) -> bool:
        where = policy.decision(traits, action, accounts).where
        granted = {row.values[key] for row in _own(user, grants)}
        return all(holds(where, row, identity) for row in user.world.rows(accounts) if row.values["id"] in granted)

    return (
        user.values["audience"] in gives.audiences
        and (gives.all_contract_accounts or not user.values["all_contract_accounts"])
        and (gives.all_delivery_accounts or not user.values["all_delivery_accounts"])
        and all(row.values["permission"] in gives.permissions for row in _own(user, UserPermission))
        and may_assign_all(ContractGrant, "contract_account_id", ContractAccount, ContractAccountAction.ASSIGN)
        and may_assign_all(DeliveryGrant, "delivery_account_id", DeliveryAccount, DeliveryAccountAction.ASSIGN)
    )


def _own(user: Row, model: type[Base]) -> list[Row]:
    return [row for row in user.world.rows(model) if row.values["user_id"] == user.values["id"]]
