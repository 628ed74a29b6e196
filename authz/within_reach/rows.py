"""Evaluates the flag `within_reach_of_actor` on in-memory rows, as `sql.py` does in SQL."""

from collections.abc import Mapping

from authz.actor import Identity, Traits
from authz.assignable import assignable
from authz.decisions import Decisions
from authz.model.actions import ASSIGN
from authz.model.resources import ResourceFlag
from authz.predicates.evaluate import Row, World, holds
from models import ACCOUNT_KINDS, AccessRequest, AccountKind, Base, User, UserPermission


def set_flags(policy: Decisions, traits: Traits, identity: Mapping[Identity, str | None], world: World) -> None:
    """Sets the flag of all users and access requests in `world` for the given actor. Until then its value means
    nothing."""
    for user in world.rows(User):
        user.values[ResourceFlag.WITHIN_REACH_OF_ACTOR] = within_reach(policy, traits, identity, user)
    for request in world.rows(AccessRequest):
        request.values[ResourceFlag.WITHIN_REACH_OF_ACTOR] = request_within_reach(policy, traits, identity, request)


def within_reach(policy: Decisions, traits: Traits, identity: Mapping[Identity, str | None], user: Row) -> bool:
    """Whether `user` has only access that the actor may assign, by the policy's own rules."""
    scope = assignable(policy, traits)
    if scope is None:
        return False

    def may_assign_all(kind: AccountKind) -> bool:
        where = policy.decision(traits, ASSIGN, kind.accounts).where
        granted = {row.values[kind.key] for row in _own(user, kind.grants)}
        return all(holds(where, row, identity) for row in user.world.rows(kind.accounts) if row.values["id"] in granted)

    return (
        user.values["audience"] in scope.audiences
        and (scope.all_contract_accounts or not user.values["all_contract_accounts"])
        and (scope.all_delivery_accounts or not user.values["all_delivery_accounts"])
        and all(row.values["permission"] in scope.permissions for row in _own(user, UserPermission))
        and all(may_assign_all(kind) for kind in ACCOUNT_KINDS)
    )


def request_within_reach(
    policy: Decisions, traits: Traits, identity: Mapping[Identity, str | None], request: Row
) -> bool:
    """Whether the actor may assign what `request` asks for, by the policy's own rules."""
    scope = assignable(policy, traits)
    if scope is None:
        return False
    keys = {kind: request.values[kind.key] for kind in ACCOUNT_KINDS}
    if request.values["permission"] is None and not any(keys.values()):
        return scope.whole_organization
    return request.values["permission"] in scope.permissions or any(
        row.values["id"] == key and holds(policy.decision(traits, ASSIGN, kind.accounts).where, row, identity)
        for kind, key in keys.items()
        for row in request.world.rows(kind.accounts)
    )


def _own(user: Row, model: type[Base]) -> list[Row]:
    return [row for row in user.world.rows(model) if row.values["user_id"] == user.values["id"]]
