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
    Select,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID
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

_TIMESTAMP: Final = DateTime(timezone=True)
_FIELDS: Final = {
    GrantKind.PERMISSION: ("permissions", "permissionEnds"),
    GrantKind.CONTRACT_ACCOUNT: ("contractAccounts", "accountEnds"),
    GrantKind.DELIVERY_ACCOUNT: ("deliveryAccounts", "accountEnds"),
}


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """What the database knows about an assignment: the time, which of the accounts the admin may assign, until when
    they have their own permissions that expire, and until when those accounts that they may not assign for so long."""

    now: datetime
    assignable: Mapping[GrantKind, frozenset[UUID]]
    own_ends: Mapping[Permission, datetime]
    latest_ends: Mapping[GrantKind, Mapping[UUID, datetime | None]]


@dataclass(frozen=True, slots=True)
class Extension:
    """A grant that the user would have for longer than before, and its input field."""

    key: Any
    ends_at: datetime | None
    path: tuple[str, ...]


def end_problems(facts: AssignmentFacts, after: AccountAccess, before: AccountAccess | None = None) -> list[Problem]:
    """The problems of the expiry of grants: INVALID for an end without a grant or in the past, and NOT_ASSIGNABLE for a
    grant that the user would have for longer than the admin. `before` is the user's previous access, None for none."""
    problems = [
        *_invalid_ends("permissionEnds", "permission", after.permission_ends, after, facts.now),
        *_invalid_ends("accountEnds", "account", after.account_ends, after, facts.now),
    ]
    for kind in GrantKind:
        found = extensions(kind, after, before)
        latest = _latest_of_permissions(found, facts.own_ends) if kind.value is None else facts.latest_ends[kind]
        problems += _too_long(found, latest)
    return problems


def extensions(kind: GrantKind, after: AccountAccess, before: AccountAccess | None) -> list[Extension]:
    """The grants of one kind that the user would have for longer than before."""
    return list(_extensions(kind, after, before or AccountAccess(after.audience)))


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


def _extensions(kind: GrantKind, after: AccountAccess, before: AccountAccess) -> Iterator[Extension]:
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
        yield Extension(key, new_end, (ends_field, str(indices[key]), "endsAt") if key in indices else path)


def _too_long(extensions: Iterable[Extension], latest: Mapping[Any, datetime | None]) -> Iterator[Problem]:
    for extension in extensions:
        if extension.key in latest:
            latest_end = latest[extension.key]
            until = timestamps.encode(latest_end) if latest_end else "now"
            message = f"You have this until {until}, so you can't assign it for longer."
            yield Problem(ErrorCode.NOT_ASSIGNABLE, message, ("input", *extension.path))


def _latest_of_permissions(
    extensions: Iterable[Extension], own_ends: Mapping[Permission, datetime]
) -> dict[Permission, datetime]:
    """When the admin's own permissions expire, for those that expire before the extension would."""
    return {
        extension.key: own_ends[extension.key]
        for extension in extensions
        if extension.key in own_ends and (extension.ends_at is None or extension.ends_at > own_ends[extension.key])
    }


def own_permission_ends() -> Select[*tuple[Any, ...]]:
    """One row with the actor's own permissions that expire, and when they do."""
    grant = UserPermission.__table__.alias()
    return select(
        func.array_agg(grant.c.permission).label("permissions"),
        func.array_agg(grant.c.ends_at).label("permission_ends"),
    ).where(_is_own(grant), grant.c.ends_at.is_not(None), not_expired(grant))


def _is_own(grant: FromClause) -> ColumnElement[bool]:
    return and_(grant.c.user_id == ACTOR_ID, grant.c.organization_id == ACTOR_ORGANIZATION_ID)


def latest_ends(access: Access, model: type[Base], keys: str, ends: str) -> Select[*tuple[Any, ...]]:
    """One row with the accounts of `model` that the actor may assign, but not for that long, and for how long they may
    (None: not even now). The parameters `keys` and `ends` are the ids of accounts and when their grants would end.

    An admin's access changes when one of their own grants expires, so the limit is the last such time at which they may
    still assign the account.
    """
    row, own = model.__table__.alias(), _own_ends()
    requested = func.unnest(
        bindparam(keys, type_=ARRAY(Uuid())), bindparam(ends, type_=ARRAY(_TIMESTAMP))
    ).table_valued(column("key", Uuid()), column("ends_at", _TIMESTAMP))
    requested = requested.render_derived()
    until_end = access.may("assign", model, row, at=_just_before(func.coalesce(requested.c.ends_at, NO_EXPIRY)))
    latest = select(func.max(own.c.ends_at)).where(access.may("assign", model, row, at=_just_before(own.c.ends_at)))
    late = (
        select(row.c.id, latest.correlate_except(own).scalar_subquery().label("ends_at"))
        .select_from(row.join(requested, row.c.id == requested.c.key))
        .where(row.c.organization_id == ACTOR_ORGANIZATION_ID, access.may("assign", model, row), until_end.is_not(True))
        .subquery()
    )
    return select(func.array_agg(late.c.id).label("ids"), func.array_agg(late.c.ends_at).label("ends"))


def _own_ends() -> FromClause:
    """The expiry times of the actor's own account grants."""
    grants = [kind.grants.__table__.alias() for kind in ACCOUNT_KINDS]
    return union_all(
        *(
            select(grant.c.ends_at).where(_is_own(grant), grant.c.ends_at.is_not(None), not_expired(grant))
            for grant in grants
        )
    ).subquery("own")


def _just_before(ends_at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The last moment before an end, in PostgreSQL's resolution: a grant with that end is still valid then."""
    return ends_at - literal_column("interval '1 microsecond'")
