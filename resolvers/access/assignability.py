"""Decides which access an admin may assign to a user: audience, permissions and accounts.

The policy decides, by the same predicates that select what the admin is offered. The error is the same for an account
that does not exist, that belongs to another organization, that is not an account at all, or that the admin may not
assign.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access, Assignable
from authz.actor import Actor
from authz.model.actions import VIEW
from models import Audience, ContractAccount, DeliveryAccount, Permission, User
from resolvers.access.account_access import AccountAccess
from resolvers.access.expiry import end_problems
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.transaction.unit_of_work import UnitOfWork


async def access_problems(
    work: UnitOfWork, actor: Actor, access: Access, after: AccountAccess, before: AccountAccess | None = None
) -> list[Problem]:
    """The problems of the access that an admin is about to assign, in place of the user's access `before`: what
    contradicts itself, and what the admin may not assign, or not for that long."""
    assignable = access.assignable
    if assignable is None:
        raise RuntimeError("the policy lets an actor create or change users who may assign nothing")
    return [
        *_contradictions(after),
        *_unassignable_traits(after, assignable),
        *await _unassignable_accounts(work, actor, access, after),
        *await end_problems(work, actor, access, after, before),
    ]


def _contradictions(after: AccountAccess) -> Iterator[Problem]:
    """What contradicts itself, whoever assigns it."""
    if after.all_contract_accounts and after.contract_accounts:
        yield invalid("Assign either all contract accounts or a list, not both.", "input", "contractAccounts")
    if after.audience == Audience.DELIVERY:
        if after.all_delivery_accounts:
            yield invalid("A delivery user always has a list of delivery accounts.", "input", "allDeliveryAccounts")
        elif not after.delivery_accounts:
            yield invalid("A delivery user has at least one delivery account.", "input", "deliveryAccounts")
    elif after.all_delivery_accounts and after.delivery_accounts:
        yield invalid("Assign either all delivery accounts or a list, not both.", "input", "deliveryAccounts")


def _unassignable_traits(after: AccountAccess, assignable: Assignable) -> Iterator[Problem]:
    """The audience, permissions and *all accounts* flags that the admin may not assign."""
    if after.audience not in assignable.audiences:
        yield _not_assignable("You can't assign this audience.", "audience")
    for index, permission in enumerate(after.permissions):
        if permission not in assignable.permissions | {Permission.SITES_SERVICES_VIEW}:
            yield _not_assignable(f"You can't assign {permission.value}.", "permissions", str(index))
    if after.all_contract_accounts and not assignable.all_contract_accounts:
        yield _not_assignable("You can't assign all contract accounts.", "allContractAccounts")
    if after.audience != Audience.DELIVERY and after.all_delivery_accounts and not assignable.all_delivery_accounts:
        yield _not_assignable("You can't assign all delivery accounts.", "allDeliveryAccounts")


async def _unassignable_accounts(work: UnitOfWork, actor: Actor, access: Access, after: AccountAccess) -> list[Problem]:
    """The listed accounts that the admin may not assign, each with its index in the list."""
    lists: tuple[tuple[str, type[ContractAccount] | type[DeliveryAccount], tuple[UUID | None, ...]], ...] = (
        ("contractAccounts", ContractAccount, after.contract_accounts),
        ("deliveryAccounts", DeliveryAccount, after.delivery_accounts),
    )
    problems = []
    for field, model, ids in lists:
        assignable = await _assignable_ids(work, actor, access, model, ids)
        problems += [
            _not_assignable("You can't assign an account with this id.", field, str(index))
            for index, account_id in enumerate(ids)
            if account_id not in assignable
        ]
    return problems


async def _assignable_ids(
    work: UnitOfWork,
    actor: Actor,
    access: Access,
    model: type[ContractAccount] | type[DeliveryAccount],
    ids: Iterable[UUID | None],
) -> frozenset[UUID]:
    keys = {account_id for account_id in ids if account_id is not None}
    if not keys:
        return frozenset()
    row = model.__table__.alias()
    # No policy can allow what the foreign keys forbid: accounts of another organization are never assignable.
    in_organization = row.c.organization_id == actor.organization_id
    statement = select(row.c.id).where(row.c.id.in_(keys), in_organization, access.may("assign", model, row))
    return frozenset((await work.execute_as(actor, statement)).scalars())


async def reject_unseen(work: UnitOfWork, actor: Actor, access: Access, *user_ids: UUID) -> None:
    """Raises `MutationRejected` if, with the access now stored, one of the users is no longer visible to the admin, who
    could then never correct it: an admin without all accounts who assigns no account."""
    user = User.__table__.alias()
    stored = user.c.id == any_(literal(list(user_ids), ARRAY(Uuid())))
    visible = await work.execute_as(
        actor, select(func.count()).select_from(user).where(stored, access.may(VIEW, User, user))
    )
    if visible.scalar() != len(user_ids):
        raise MutationRejected(
            invalid("Assign at least one account: you would not see a user without one.", "input", "contractAccounts")
        )


def _not_assignable(message: str, *path: str) -> Problem:
    return Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *path))
