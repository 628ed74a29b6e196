"""When what a user is given ends, and how late an admin may let it end: no later than what they have themselves.

For accounts the policy decides, by the predicate that decides what may be given at all: asked at the last moment at
which the user would still have the account. So an admin who reaches an account through another, or through a service,
is held to whatever ends first. Only what is added or lasts longer than before is judged so; the rest stays as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Uuid,
    column,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import ACTOR_ID, Actor
from models import (
    NO_EXPIRY,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Permission,
    UserPermission,
    not_expired,
)
from resolvers import timestamps
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.errors import ErrorCode, Problem
from resolvers.transaction.unit_of_work import UnitOfWork

_MOMENT: Final = DateTime(timezone=True)
_LISTS: Final = {
    GrantKind.PERMISSION: ("permissions", "permissionEnds"),
    GrantKind.CONTRACT_ACCOUNT: ("contractAccounts", "accountEnds"),
    GrantKind.DELIVERY_ACCOUNT: ("deliveryAccounts", "accountEnds"),
}
_ACCOUNTS: Final[Mapping[GrantKind, type[ContractAccount] | type[DeliveryAccount]]] = {
    GrantKind.CONTRACT_ACCOUNT: ContractAccount,
    GrantKind.DELIVERY_ACCOUNT: DeliveryAccount,
}


@dataclass(frozen=True, slots=True)
class _Longer:
    """Something that the user would have longer than before, and the input field that says so."""

    key: Any
    ends_at: datetime | None
    path: tuple[str, ...]


async def end_problems(
    work: UnitOfWork, actor: Actor, access: Access, after: AccountAccess, before: AccountAccess | None = None
) -> list[Problem]:
    """All that is wrong with the ends of what an admin gives: INVALID for an end of nothing or in the past, and
    NOT_ASSIGNABLE for what the user would have longer than the admin. `before` is what the user had; None: nothing."""
    now = (await work.execute(select(func.now()))).scalar_one()
    problems = [
        *_misplaced("permissionEnds", "permission", after.permission_ends, after, now),
        *_misplaced("accountEnds", "account", after.account_ends, after, now),
    ]
    for what in GrantKind:
        longer = list(_longer(what, after, before or AccountAccess(after.audience)))
        if longer and what is GrantKind.PERMISSION:
            problems += _too_long(longer, await _latest_of_permissions(work, actor, longer))
        elif longer:
            problems += _too_long(longer, await _latest_of_accounts(work, actor, access, _ACCOUNTS[what], longer))
    return problems


def _misplaced(
    field: str, noun: str, ends: Sequence[GrantEnd], given: AccountAccess, now: datetime
) -> Iterator[Problem]:
    seen = set()
    for index, end in enumerate(ends):
        grant = (end.what, end.key)
        if end.key is Permission.SITES_SERVICES_VIEW:
            yield _problem(f"Every user has {end.key.value}: it has no end.", field, str(index), noun)
        elif end.key is None or end.key not in given.keys(end.what):
            yield _problem(f"This is no {noun} that the user has one by one.", field, str(index), noun)
        elif grant in seen:
            yield _problem(f"There is an end of this {noun} already.", field, str(index), noun)
        if end.ends_at <= now:
            yield _problem("An end lies in the future.", field, str(index), "endsAt")
        seen.add(grant)


def _longer(what: GrantKind, after: AccountAccess, before: AccountAccess) -> Iterator[_Longer]:
    listed, ended = _LISTS[what]
    had, had_until, until = before.keys(what), before.ends(what), after.ends(what)
    places = {
        end.key: index
        for index, end in enumerate(after.permission_ends if what is GrantKind.PERMISSION else after.account_ends)
        if end.what is what
    }
    for index, key in enumerate(after.keys(what)):
        ends_at, ended_at = until.get(key), had_until.get(key)
        stays = key in had and (ended_at is None or (ends_at is not None and ends_at <= ended_at))
        if key is None or stays or key is Permission.SITES_SERVICES_VIEW:
            continue
        path = (listed, str(index)) if key not in had else (ended,)
        yield _Longer(key, ends_at, (ended, str(places[key]), "endsAt") if key in places else path)


def _too_long(longer: Iterable[_Longer], latest: Mapping[Any, datetime | None]) -> Iterator[Problem]:
    for each in longer:
        if each.key in latest:
            most = latest[each.key]
            until = timestamps.encode(most) if most else "now"
            message = f"You have this until {until}, and can give it until then at most."
            yield Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *each.path))


async def _latest_of_permissions(
    work: UnitOfWork, actor: Actor, longer: Iterable[_Longer]
) -> dict[Permission, datetime]:
    """Until when the admin has those of the permissions that they have not for as long."""
    own = UserPermission.__table__.alias()
    theirs = select(own.c.permission, own.c.ends_at).where(own.c.user_id == actor.id, not_expired(own))
    rows = await work.execute(theirs.where(own.c.ends_at.is_not(None)))
    latest = {Permission(row.permission): row.ends_at for row in rows}
    return {
        each.key: latest[each.key]
        for each in longer
        if each.key in latest and (each.ends_at is None or each.ends_at > latest[each.key])
    }


async def _latest_of_accounts(
    work: UnitOfWork,
    actor: Actor,
    access: Access,
    model: type[ContractAccount] | type[DeliveryAccount],
    longer: Sequence[_Longer],
) -> dict[UUID, datetime | None]:
    """Until when the admin may give those of the accounts that they may give now, but not for as long.

    What one reaches changes when a grant of one's own ends, so that is at the last of those ends at which it is still
    there.
    """
    row, own = model.__table__.alias(), _own_ends()
    wanted = func.unnest(
        literal([each.key for each in longer], ARRAY(Uuid())),
        literal([each.ends_at for each in longer], ARRAY(_MOMENT)),
    ).table_valued(column("key", Uuid()), column("ends_at", _MOMENT))
    wanted = wanted.render_derived()
    so_long = access.may("assign", model, row, at=_last_moment(func.coalesce(wanted.c.ends_at, NO_EXPIRY)))
    at_most = select(func.max(own.c.ends_at)).where(access.may("assign", model, row, at=_last_moment(own.c.ends_at)))
    statement = (
        select(row.c.id, at_most.correlate_except(own).scalar_subquery().label("ends_at"))
        .select_from(row.join(wanted, row.c.id == wanted.c.key))
        .where(row.c.organization_id == actor.organization_id, access.may("assign", model, row), so_long.is_not(True))
    )
    return {found.id: found.ends_at for found in await work.execute_as(actor, statement)}


def _own_ends() -> FromClause:
    """When the accounts that the actor was given end, those that do."""
    grants = [ContractGrant.__table__.alias(), DeliveryGrant.__table__.alias()]
    return union_all(
        *(
            select(each.c.ends_at).where(each.c.user_id == ACTOR_ID, each.c.ends_at.is_not(None), not_expired(each))
            for each in grants
        )
    ).subquery("own")


def _last_moment(ends_at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The last moment, as PostgreSQL tells moments apart, before an end: a grant with that very end is still there."""
    return ends_at - literal_column("interval '1 microsecond'")


def _problem(message: str, *path: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, ("input", *path))
