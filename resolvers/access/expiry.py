"""Validates when grants expire: an admin may grant nothing for longer than they have it themselves.

For accounts the policy decides, by the predicate that decides what may be assigned at all, evaluated at the last moment
at which the user would still have the account. An admin who has access to an account through another one, or through a
service, is therefore limited by whichever ends first. Only grants that are added or extended are checked.
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
    ACCOUNT_KINDS,
    NO_EXPIRY,
    Base,
    Permission,
    UserPermission,
    not_expired,
)
from resolvers import timestamps
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.errors import ErrorCode, Problem, invalid
from resolvers.transaction.unit_of_work import UnitOfWork

_TIMESTAMP: Final = DateTime(timezone=True)
_FIELDS: Final = {
    GrantKind.PERMISSION: ("permissions", "permissionEnds"),
    GrantKind.CONTRACT_ACCOUNT: ("contractAccounts", "accountEnds"),
    GrantKind.DELIVERY_ACCOUNT: ("deliveryAccounts", "accountEnds"),
}


@dataclass(frozen=True, slots=True)
class _Extension:
    """A grant that the user would have for longer than before, and its input field."""

    key: Any
    ends_at: datetime | None
    path: tuple[str, ...]


async def end_problems(
    work: UnitOfWork, actor: Actor, access: Access, after: AccountAccess, before: AccountAccess | None = None
) -> list[Problem]:
    """The problems of the expiry of grants: INVALID for an end without a grant or in the past, and NOT_ASSIGNABLE for a
    grant that the user would have for longer than the admin. `before` is the user's previous access, None for none."""
    now = (await work.execute(select(func.now()))).scalar_one()
    problems = [
        *_invalid_ends("permissionEnds", "permission", after.permission_ends, after, now),
        *_invalid_ends("accountEnds", "account", after.account_ends, after, now),
    ]
    for kind in GrantKind:
        extensions = list(_extensions(kind, after, before or AccountAccess(after.audience)))
        if extensions and kind.value is None:
            problems += _too_long(extensions, await _latest_of_permissions(work, actor, extensions))
        elif extensions:
            latest = await _latest_of_accounts(work, actor, access, kind.value.accounts, extensions)
            problems += _too_long(extensions, latest)
    return problems


def _invalid_ends(
    field: str, noun: str, ends: Sequence[GrantEnd], after: AccountAccess, now: datetime
) -> Iterator[Problem]:
    seen = set()
    for index, end in enumerate(ends):
        grant = (end.kind, end.key)
        if end.key is Permission.SITES_SERVICES_VIEW:
            yield invalid(f"Every user has {end.key.value}, so it can't expire.", "input", field, str(index), noun)
        elif end.key is None or end.key not in after.keys(end.kind):
            yield invalid(f"The user has no individual grant of this {noun}.", "input", field, str(index), noun)
        elif grant in seen:
            yield invalid(f"This {noun} already has an end.", "input", field, str(index), noun)
        if end.ends_at <= now:
            yield invalid("An end must be in the future.", "input", field, str(index), "endsAt")
        seen.add(grant)


def _extensions(kind: GrantKind, after: AccountAccess, before: AccountAccess) -> Iterator[_Extension]:
    keys_field, ends_field = _FIELDS[kind]
    old_keys, old_ends, new_ends = before.keys(kind), before.ends(kind), after.ends(kind)
    indices = {
        end.key: index
        for index, end in enumerate(after.permission_ends if kind is GrantKind.PERMISSION else after.account_ends)
        if end.kind is kind
    }
    for index, key in enumerate(after.keys(kind)):
        new_end, old_end = new_ends.get(key), old_ends.get(key)
        is_extended = key not in old_keys or (old_end is not None and (new_end is None or new_end > old_end))
        if key is None or not is_extended or key is Permission.SITES_SERVICES_VIEW:
            continue
        path = (keys_field, str(index)) if key not in old_keys else (ends_field,)
        yield _Extension(key, new_end, (ends_field, str(indices[key]), "endsAt") if key in indices else path)


def _too_long(extensions: Iterable[_Extension], latest: Mapping[Any, datetime | None]) -> Iterator[Problem]:
    for extension in extensions:
        if extension.key in latest:
            latest_end = latest[extension.key]
            until = timestamps.encode(latest_end) if latest_end else "now"
            message = f"You have this until {until}, so you can't assign it for longer."
            yield Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *extension.path))


async def _latest_of_permissions(
    work: UnitOfWork, actor: Actor, extensions: Iterable[_Extension]
) -> dict[Permission, datetime]:
    """When the admin's own permissions expire, for those that expire before the extension would."""
    grant = UserPermission.__table__.alias()
    own = select(grant.c.permission, grant.c.ends_at).where(grant.c.user_id == actor.id, not_expired(grant))
    rows = await work.execute(own.where(grant.c.ends_at.is_not(None)))
    latest = {Permission(row.permission): row.ends_at for row in rows}
    return {
        extension.key: latest[extension.key]
        for extension in extensions
        if extension.key in latest and (extension.ends_at is None or extension.ends_at > latest[extension.key])
    }


async def _latest_of_accounts(
    work: UnitOfWork,
    actor: Actor,
    access: Access,
    model: type[Base],
    extensions: Sequence[_Extension],
) -> dict[UUID, datetime | None]:
    """Until when the admin may assign the accounts that they may assign now, but not until the end of the extension.

    An admin's access changes when one of their own grants expires, so the limit is the last such time at which they may
    still assign the account.
    """
    row, own = model.__table__.alias(), _own_ends()
    requested = func.unnest(
        literal([extension.key for extension in extensions], ARRAY(Uuid())),
        literal([extension.ends_at for extension in extensions], ARRAY(_TIMESTAMP)),
    ).table_valued(column("key", Uuid()), column("ends_at", _TIMESTAMP))
    requested = requested.render_derived()
    until_end = access.may("assign", model, row, at=_just_before(func.coalesce(requested.c.ends_at, NO_EXPIRY)))
    latest = select(func.max(own.c.ends_at)).where(access.may("assign", model, row, at=_just_before(own.c.ends_at)))
    statement = (
        select(row.c.id, latest.correlate_except(own).scalar_subquery().label("ends_at"))
        .select_from(row.join(requested, row.c.id == requested.c.key))
        .where(row.c.organization_id == actor.organization_id, access.may("assign", model, row), until_end.is_not(True))
    )
    return {account.id: account.ends_at for account in await work.execute_as(actor, statement)}


def _own_ends() -> FromClause:
    """The expiry times of the actor's own account grants."""
    grants = [kind.grants.__table__.alias() for kind in ACCOUNT_KINDS]
    return union_all(
        *(
            select(grant.c.ends_at).where(grant.c.user_id == ACTOR_ID, grant.c.ends_at.is_not(None), not_expired(grant))
            for grant in grants
        )
    ).subquery("own")


def _just_before(ends_at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The last moment before an end, in PostgreSQL's resolution: a grant with that end is still valid then."""
    return ends_at - literal_column("interval '1 microsecond'")
