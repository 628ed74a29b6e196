"""What a user is given: audience, permissions and account access, and which of it an admin may give.

The policy decides, through the same predicates that decide what the admin is offered. An account that does not exist,
that is another organization's, that is no account at all and that the admin may not assign: all four answer alike.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select

from authz.access import Access, Assignable
from authz.actor import Actor
from models import (
    Audience,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Permission,
    UserPermission,
)
from resolvers.errors import ErrorCode, Problem
from resolvers.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """What a user is to have. None in a list of accounts stands for an id that can be no such account's."""

    audience: Audience
    permissions: tuple[Permission, ...] = ()
    all_contract_accounts: bool = False
    contract_accounts: tuple[UUID | None, ...] = ()
    all_delivery_accounts: bool = False
    delivery_accounts: tuple[UUID | None, ...] = ()

    @property
    def stored_permissions(self) -> frozenset[Permission]:
        """The permissions with the one that every user has."""
        return frozenset(self.permissions) | {Permission.SITES_SERVICES_VIEW}


def contradictions(given: AccountAccess) -> Iterator[Problem]:
    """What does not fit together, whoever gives it."""
    if given.all_contract_accounts and given.contract_accounts:
        yield _invalid("contractAccounts", "Give either all contract accounts or a list, not both.")
    if given.audience == Audience.DELIVERY:
        if given.all_delivery_accounts:
            yield _invalid("allDeliveryAccounts", "A user of a delivery account always has a list of them.")
        elif not given.delivery_accounts:
            yield _invalid("deliveryAccounts", "A user of a delivery account has at least one.")
    elif given.all_delivery_accounts and given.delivery_accounts:
        yield _invalid("deliveryAccounts", "Give either all delivery accounts or a list, not both.")


def unassignable_traits(given: AccountAccess, assignable: Assignable) -> Iterator[Problem]:
    """What of audience, permissions and *all* is not the admin's to give."""
    if given.audience not in assignable.audiences:
        yield _not_assignable("You can't make users of this audience.", "audience")
    for index, permission in enumerate(given.permissions):
        if permission not in assignable.permissions | {Permission.SITES_SERVICES_VIEW}:
            yield _not_assignable(f"You can't give {permission.value}.", "permissions", str(index))
    if given.all_contract_accounts and not assignable.all_contract_accounts:
        yield _not_assignable("You can't give all contract accounts.", "allContractAccounts")
    if given.audience != Audience.DELIVERY and given.all_delivery_accounts and not assignable.all_delivery_accounts:
        yield _not_assignable("You can't give all delivery accounts.", "allDeliveryAccounts")


async def unassignable_accounts(work: UnitOfWork, actor: Actor, access: Access, given: AccountAccess) -> list[Problem]:
    """Which of the listed accounts are not the admin's to give, each with its place in the list."""
    lists: tuple[tuple[str, type[ContractAccount] | type[DeliveryAccount], tuple[UUID | None, ...]], ...] = (
        ("contractAccounts", ContractAccount, given.contract_accounts),
        ("deliveryAccounts", DeliveryAccount, given.delivery_accounts),
    )
    problems = []
    for field, model, ids in lists:
        may_give = await _assignable_ids(work, actor, access, model, ids)
        problems += [
            _not_assignable("There is no such account that you can give.", field, str(index))
            for index, account_id in enumerate(ids)
            if account_id not in may_give
        ]
    return problems


async def _assignable_ids(
    work: UnitOfWork,
    actor: Actor,
    access: Access,
    model: type[ContractAccount] | type[DeliveryAccount],
    ids: Iterable[UUID | None],
) -> frozenset[UUID]:
    wanted = {account_id for account_id in ids if account_id is not None}
    if not wanted:
        return frozenset()
    row = model.__table__.alias()
    statement = select(row.c.id).where(row.c.id.in_(wanted), access.may("assign", model, row))
    return frozenset((await work.ask(actor, statement)).scalars())


async def grant(work: UnitOfWork, user_id: UUID, organization_id: UUID, given: AccountAccess) -> None:
    """Store what a new user is given. Accounts that stand twice in a list are stored once."""
    whose: dict[str, UUID | str | None] = {"user_id": user_id, "organization_id": organization_id}
    permissions = [whose | {"permission": permission.value} for permission in sorted(given.stored_permissions)]
    contracts = [whose | {"contract_account_id": key} for key in dict.fromkeys(given.contract_accounts)]
    deliveries = [whose | {"delivery_account_id": key} for key in dict.fromkeys(given.delivery_accounts)]
    await work.execute(insert(UserPermission).values(permissions))
    if contracts:
        await work.execute(insert(ContractGrant).values(contracts))
    if deliveries:
        await work.execute(insert(DeliveryGrant).values(deliveries))


def _invalid(field: str, message: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, ("input", field))


def _not_assignable(message: str, *path: str) -> Problem:
    return Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *path))
