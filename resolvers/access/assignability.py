"""What a user is given: audience, permissions and account access, and which of it an admin may give.

The policy decides, through the same predicates that decide what the admin is offered. An account that does not exist,
that is another organization's, that is no account at all and that the admin may not assign: all four answer alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access, Assignable
from authz.actor import Actor
from authz.model.resources import VIEW
from models import Audience, ContractAccount, DeliveryAccount, Permission, User
from resolvers import public_id, timestamps
from resolvers.access.account_access import AccountAccess, GrantEnd
from resolvers.access.expiry import end_problems
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork


async def access_problems(
    work: UnitOfWork, actor: Actor, access: Access, given: AccountAccess, before: AccountAccess | None = None
) -> list[Problem]:
    """All that is wrong with what an admin is about to give, in the place of what the user had `before`: what does not
    fit together, and what is not theirs to give, or not for so long."""
    gives = access.assignable
    if gives is None:
        raise RuntimeError("a policy lets somebody make or change users who may give nothing")
    return [
        *_contradictions(given),
        *_unassignable_traits(given, gives),
        *await _unassignable_accounts(work, actor, access, given),
        *await end_problems(work, actor, access, given, before),
    ]


def _contradictions(given: AccountAccess) -> Iterator[Problem]:
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


def _unassignable_traits(given: AccountAccess, assignable: Assignable) -> Iterator[Problem]:
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


async def _unassignable_accounts(work: UnitOfWork, actor: Actor, access: Access, given: AccountAccess) -> list[Problem]:
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
    # No policy can open what the foreign keys forbid: an account of another organization is none to give.
    own = row.c.organization_id == actor.organization_id
    statement = select(row.c.id).where(row.c.id.in_(wanted), own, access.may("assign", model, row))
    return frozenset((await work.execute_as(actor, statement)).scalars())


async def reject_unseen(work: UnitOfWork, actor: Actor, access: Access, *user_ids: UUID) -> None:
    """Raises `MutationRejected` where the admin would not see one of the users any more, now that the access is
    stored, and so
    could never correct them: an admin who has not all accounts, and gives none."""
    user = User.__table__.alias()
    these = user.c.id == any_(literal(list(user_ids), ARRAY(Uuid())))
    seen = await work.execute_as(
        actor, select(func.count()).select_from(user).where(these, access.may(VIEW, User, user))
    )
    if seen.scalar() != len(user_ids):
        raise MutationRejected(
            _invalid("contractAccounts", "Give at least one account. You would not see a user who has none.")
        )


def audited(access: AccountAccess) -> dict[str, Any]:
    """The access as the audit trail records it: by the field names and public ids of the API, lists in order. Where
    nothing ends, there are no ends."""
    return {
        "audience": access.audience.value,
        "permissions": sorted(permission.value for permission in access.stored_permissions),
        "allContractAccounts": access.all_contract_accounts,
        "contractAccounts": _public("ca", access.contract_accounts),
        "allDeliveryAccounts": access.all_delivery_accounts,
        "deliveryAccounts": _public("da", access.delivery_accounts),
        "permissionEnds": _public_ends("permission", access.permission_ends),
        "accountEnds": _public_ends("account", access.account_ends),
    }


def _public_ends(noun: str, ends: Sequence[GrantEnd]) -> list[dict[str, str]] | None:
    written = [
        {noun: _public_key(end), "endsAt": timestamps.encode(end.ends_at)} for end in ends if end.key is not None
    ]
    return sorted(written, key=lambda end: end[noun]) or None


def _public_key(end: GrantEnd) -> str:
    return public_id.encode(end.what.value, end.key) if isinstance(end.key, UUID) else str(end.key)


def _public(prefix: str, keys: tuple[UUID | None, ...]) -> list[str]:
    return sorted({public_id.encode(prefix, key) for key in keys if key})


def _invalid(field: str, message: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, ("input", field))


def _not_assignable(message: str, *path: str) -> Problem:
    return Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *path))
