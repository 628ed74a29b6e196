"""The policy evaluated on in-memory rows agrees with the domain page, including `within_reach_of_actor`."""

from collections.abc import Callable

from hypothesis import given, settings

from authz.actor import Identity
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.predicates.evaluate import Value, holds
from authz.predicates.evaluate import World as Rows
from authz.within_reach.rows import set_flags
from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    AuditEvent,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Organization,
    Service,
    User,
    UserPermission,
)
from tests.support.depth import examples
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.models import World, worlds
from tests.support.worlds.oracle import Oracle


def rows_of(world: World) -> Rows:
    """Converts the world to rows with the columns that the policy uses."""
    rows = Rows()

    def add(model: type[Base], **values: object) -> None:
        columns: dict[str, Value] = {
            name: value if value is None or isinstance(value, bool) else str(value) for name, value in values.items()
        }
        rows.add(model, columns)

    for organization in world.organizations:
        add(Organization, id=organization.id)
    for model, accounts in ((ContractAccount, world.contract_accounts), (DeliveryAccount, world.delivery_accounts)):
        for account in accounts:
            add(model, id=account.id, organization_id=account.organization_id)
    for service in world.services:
        add(Service, id=service.id, organization_id=service.organization_id,
            contract_account_id=service.contract_account_id,
            delivery_account_id=service.delivery_account_id)  # fmt: skip
    add_people(add, world)
    return rows


def add_people(add: Callable[..., None], world: World) -> None:
    for user in world.users:
        add(User, id=user.id, organization_id=user.organization_id, audience=user.audience,
            all_contract_accounts=user.all_contract_accounts, all_delivery_accounts=user.all_delivery_accounts,
            activated_at="then" if user.activated else None, removed_at="then" if user.removed else None)  # fmt: skip
        owner = {"user_id": user.id, "organization_id": user.organization_id}
        for account_id in user.contract_accounts:
            add(ContractGrant, **owner, contract_account_id=account_id)
        for account_id in user.delivery_accounts:
            add(DeliveryGrant, **owner, delivery_account_id=account_id)
        for permission in user.permissions:
            add(UserPermission, **owner, permission=permission)
    for event in world.events:
        add(AuditEvent, id=event.id, organization_id=event.organization_id, actor_id=event.actor_id,
            subject_id=event.subject_id)  # fmt: skip
    for review in world.reviews:
        add(AccessReview, id=review.id, organization_id=review.organization_id)
    for entry in world.entries:
        add(AccessReviewEntry, id=entry.id, organization_id=entry.organization_id, review_id=entry.review_id)
    for client in world.clients:
        add(ApiClient, id=client.id, organization_id=client.organization_id, owner_id=client.owner_id)
    for request in world.requests:
        add(AccessRequest, id=request.id, organization_id=request.organization_id, requester_id=request.requester_id,
            permission=request.permission, contract_account_id=request.contract_account_id,
            delivery_account_id=request.delivery_account_id)  # fmt: skip


@settings(max_examples=examples(4), deadline=None)
@given(world=worlds())
def test_random_worlds(policy: Policy, world: World) -> None:
    rows = rows_of(world)
    for user in world.users:
        traits = traits_of(user)
        organization = None if user.organization_id is None else str(user.organization_id)
        identity = {Identity.ID: str(user.id), Identity.ORGANIZATION_ID: organization}
        set_flags(policy, traits, identity, rows)
        for model, actions in ACTIONS.items():
            for action in actions:
                where = policy.decision(traits, action, model).where
                allowed = {row.values["id"] for row in rows.rows(model) if holds(where, row, identity)}
                assert allowed == {str(id) for id in Oracle(world, user).allowed(model.__name__, action.value)}
