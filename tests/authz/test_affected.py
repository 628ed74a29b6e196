"""Which rows a change of other rows affects: the paths by which the rules lead to them."""

import pytest

from authz.actor import ActorKind, Traits
from authz.affected import affecting_paths
from authz.policy import Policy
from authz.predicates.nodes import Path
from models import (
    Audience,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    Permission,
    Service,
    User,
    UserPermission,
)
from tests.support.resolver_fixtures import rules

VIEWER = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset({Permission.SITES_SERVICES_VIEW}), False, False)
LIMITED = Traits(
    ActorKind.MEMBER,
    Audience.ORGANIZATION,
    frozenset({Permission.SITES_SERVICES_VIEW, Permission.USER_MANAGEMENT}),
    False,
    False,
)


def paths(
    traits: Traits, action: str, model: type[Base], *changed: type[Base], policy: Policy | None = None
) -> set[Path]:
    return set(affecting_paths(policy or rules(), traits, action, model, frozenset(changed)))


def test_the_row_itself_and_what_rules_read_of_others() -> None:
    assert paths(VIEWER, "view", Service, Service) == {()}
    assert paths(VIEWER, "view", ContractAccount, Service) == set()
    assert paths(VIEWER, "view", DeliveryAccount, Service) == {("services",)}
    assert paths(VIEWER, "view", ContractAccount, ContractGrant) == {("grants",)}
    assert paths(VIEWER, "view", DeliveryAccount, User) == set()


def test_a_flag_reads_what_the_user_was_given_and_what_the_rules_read_to_assign_it() -> None:
    read = paths(LIMITED, "update", User, Service, ContractGrant, UserPermission)
    assert {(), ("permissions",)} & read == {("permissions",)}
    assert ("contract_grants",) in read
    assert ("delivery_grants", "delivery_account", "services") in read
    # Nobody who manages no users has any of it.
    assert paths(VIEWER, "update", User, Service, ContractGrant, UserPermission) == set()


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(ValueError, match="restore"):
        paths(VIEWER, "restore", Service, Service)
