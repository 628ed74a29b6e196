"""Reads and writes the stored grants: one row for each permission and each account that is granted individually.

Expired rows stay until the same is granted again; then the new grant replaces them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Delete,
    FromClause,
    Row,
    Select,
    Subquery,
    TableValuedAlias,
    Update,
    Uuid,
    bindparam,
    case,
    column,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, aggregate_order_by, array
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from authz.access import Access
from authz.model.actions import VIEW
from models import (
    ACCOUNT_KINDS,
    AccountKind,
    Audience,
    ContractGrant,
    DeliveryGrant,
    Permission,
    User,
    UserPermission,
    is_of,
    not_expired,
)
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.bulk_insert import insert_rows
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.writes import Write, of_new_rows

_Grants = type[UserPermission] | type[ContractGrant] | type[DeliveryGrant]

Inside = Callable[[FromClause], ColumnElement[bool]]
"""Whether a row is of the right organization."""

AccessChange = tuple[AccountAccess, AccountAccess]
"""The access of a user before and after a change."""

STORED: Final[Mapping[GrantKind, tuple[_Grants, InstrumentedAttribute[Any]]]] = {
    GrantKind.PERMISSION: (UserPermission, UserPermission.permission),
    **{GrantKind(kind): (kind.grants, getattr(kind.grants, kind.key)) for kind in ACCOUNT_KINDS},
}
"""The table of the grants of each kind, and its column with what is granted."""

_TIME: Final = DateTime(timezone=True)


def stored_grants(user_id: ColumnElement[UUID], inside: Inside) -> list[Subquery]:
    """The grants in force of a user, as subqueries of one row each. Select all of their columns, and those of the
    user's row, for `stored_access`. `inside` says of which organization a grant must be."""
    return [_stored(kind, user_id, inside).subquery(_table_name(kind)) for kind in GrantKind]


@cache
def user_with_grants() -> PreparedStatement:
    """The SELECT of the row of a user, and of the columns of `stored_grants`. Parameters: `user_id` and
    `organization_id`, which is the user's."""
    user, id_, organization = User.__table__.alias(), *(bindparam(name, type_=Uuid()) for name in _PARAMETERS)
    grants = stored_grants(id_, lambda grant: is_of(grant, organization))
    rows = select(user, *grants).select_from(user, *grants)
    return PreparedStatement(rows.where(user.c.id == id_, is_of(user, organization)))


_PARAMETERS: Final = ("user_id", "organization_id")


def stored_grants_of_each(user: FromClause, access: Access | None = None) -> list[LateralFromClause]:
    """The same for each row of a table of users."""
    inside = None if access is None else partial(access.same_organization, of=user)
    return [_stored(kind, user.c.id, inside).lateral(_table_name(kind)) for kind in GrantKind]


def _stored(kind: GrantKind, user_id: ColumnElement[UUID], inside: Inside | None) -> Select[*tuple[Any, ...]]:
    grant, name = STORED[kind][0].__table__.alias(), kind.name.lower()
    key = grant.c[STORED[kind][1].key]
    return select(
        func.array_agg(aggregate_order_by(key, key)).label(f"{name}_keys"),
        func.array_agg(aggregate_order_by(grant.c.ends_at, key)).label(f"{name}_ends"),
    ).where(grant.c.user_id == user_id, true() if inside is None else inside(grant), not_expired(grant))


def _table_name(kind: GrantKind) -> str:
    return f"{kind.name.lower()}_grants"


def unseen_grants(access: Access, user: FromClause, user_id: ColumnElement[UUID]) -> list[ColumnElement[Any]]:
    """The accounts granted to the user with the id `user_id`, a row of `user`, that the actor doesn't see, as columns.
    Select all of them for `unseen_by`."""
    return [_unseen(kind, access, user, user_id).label(_unseen_name(kind)) for kind in ACCOUNT_KINDS]


def _unseen(kind: AccountKind, access: Access, user: FromClause, user_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
    granted = grant.c.user_id == user_id, not_expired(grant), account.c.id == grant.c[kind.key]
    inside = access.same_organization(grant, user), access.same_organization(account, user)
    unseen = select(account.c.id).where(*granted, *inside, access.may(VIEW, kind.accounts, account).is_not(true()))
    return func.array(unseen.correlate_except(grant, account).scalar_subquery())


def _unseen_name(kind: AccountKind) -> str:
    return f"unseen_{kind.field}"


def unseen_by(row: Row[*tuple[Any, ...]]) -> dict[AccountKind, frozenset[UUID]]:
    """The accounts of each kind in a row with the columns of `unseen_grants`, without kinds that have none."""
    found = {kind: frozenset(getattr(row, _unseen_name(kind))) for kind in ACCOUNT_KINDS}
    return {kind: keys for kind, keys in found.items() if keys}


def stored_access(row: Row[*tuple[Any, ...]]) -> AccountAccess:
    """The access of the user in a row with the columns of `stored_grants`."""
    permissions, contracts, deliveries = [_grants_in(row, kind) for kind in GrantKind]
    return AccountAccess(
        audience=Audience(row.audience),
        permissions=tuple(map(Permission, permissions)),
        all_contract_accounts=row.all_contract_accounts,
        contract_accounts=tuple(contracts),
        all_delivery_accounts=row.all_delivery_accounts,
        delivery_accounts=tuple(deliveries),
        permission_ends=_ends(GrantKind.PERMISSION, {Permission(key): end for key, end in permissions.items()}),
        account_ends=_ends(GrantKind.CONTRACT_ACCOUNT, contracts) + _ends(GrantKind.DELIVERY_ACCOUNT, deliveries),
    )


def _grants_in(row: Row[*tuple[Any, ...]], kind: GrantKind) -> dict[Any, datetime | None]:
    keys, ends = (getattr(row, f"{kind.name.lower()}_{part}") or () for part in ("keys", "ends"))
    return dict(zip(keys, ends, strict=True))


def _ends(kind: GrantKind, stored: dict[Any, datetime | None]) -> tuple[GrantEnd, ...]:
    return tuple(GrantEnd(kind, key, ends_at) for key, ends_at in stored.items() if ends_at is not None)


def grant_writes(user_ids: Sequence[UUID], organization_id: UUID, access: AccountAccess) -> Iterator[Write]:
    """The writes that store the access of new users, the same for each, beside the write that adds the users. Accounts
    listed twice are stored once."""
    for kind in GrantKind:
        grants = [(each, *grant) for each in user_ids for grant in grants_of(access, kind).items()]
        yield from _add(organization_id, kind, grants, of_new_users=True)


def grant_changes(organization_id: UUID, changes: Mapping[UUID, AccessChange]) -> Iterator[Write]:
    """The writes that replace the permissions and lists of each user's access by those of another; only of differences.
    `changes` has the access before and after, by user."""
    for kind in GrantKind:
        removed: list[tuple[UUID, Any]] = []
        added: list[tuple[UUID, Any, datetime | None]] = []
        for user_id, (before, after) in changes.items():
            old, old_ends, new = before.keys(kind), before.ends(kind), grants_of(after, kind)
            removed += [(user_id, grant) for grant in dict.fromkeys(old) if grant not in new]
            added += [
                (user_id, grant, end) for grant, end in new.items() if grant not in old or end != old_ends.get(grant)
            ]
        if removed:
            keys = {"user_id": [row[0] for row in removed], STORED[kind][1].key: [row[1] for row in removed]}
            parameters = {"organization_id": organization_id, **keys}
            yield Write(f"remove_{kind.name.lower()}", partial(_delete, kind), parameters)
        yield from _add(organization_id, kind, added)


def _delete(kind: GrantKind, prefix: str) -> Delete:
    model, key = STORED[kind]
    return delete(model).where(*_is_given(kind, _given(kind, prefix, "user_id", key.key), prefix))


def _given(kind: GrantKind, prefix: str, *names: str) -> TableValuedAlias:
    """The rows that the parameters of these columns list, each with the time as `now`."""
    types = {name: STORED[kind][0].__table__.c[name].type for name in names}
    lists: list[ColumnElement[Any]] = [bindparam(prefix + name, type_=ARRAY(type_)) for name, type_ in types.items()]
    # A column, because a distributed PostgreSQL refuses functions within CASE.
    lists.append(func.array_fill(func.now(), array([func.cardinality(lists[0])]), type_=ARRAY(_TIME)))
    columns = (column(name, type_) for name, type_ in {**types, "now": _TIME}.items())
    return func.unnest(*lists).table_valued(*columns).render_derived(f"{prefix}given")


def _is_given(kind: GrantKind, given: TableValuedAlias, prefix: str) -> tuple[ColumnElement[bool], ...]:
    """Whether a grant of the organization is that of a row of `given`."""
    model, key = STORED[kind]
    own = model.organization_id == bindparam(f"{prefix}organization_id", type_=Uuid())
    return own, model.user_id == given.c.user_id, key == given.c[key.key]


def grants_of(access: AccountAccess, kind: GrantKind) -> dict[Any, datetime | None]:
    """The grants of one kind that are stored for the access: their keys, and when they expire, if ever."""
    keys = sorted(access.stored_permissions) if kind is GrantKind.PERMISSION else access.keys(kind)
    return dict.fromkeys(keys) | access.ends(kind)


def _add(
    organization_id: UUID,
    kind: GrantKind,
    grants: Sequence[tuple[UUID, Any, datetime | None]],
    *,
    of_new_users: bool = False,
) -> Iterator[Write]:
    """Make these grants: the user, what is granted, and the end. An existing grant gets its new end; an expired one is
    granted anew."""
    if grants:
        values = {
            "user_id": [user_id for user_id, _, _ in grants],
            STORED[kind][1].key: [grant for _, grant, _ in grants],
            "ends_at": [ends_at for _, _, ends_at in grants],
            "organization_id": organization_id,
        }
        verb = "new" if of_new_users else "add"
        yield Write(f"{verb}_{kind.name.lower()}", partial(_insert, kind, of_new_users), values)
        if not of_new_users:
            # A write of its own, because ON CONFLICT DO UPDATE would have to name the key, which is another one in a
            # database that is distributed. The users are locked, so nobody else adds a grant in between.
            yield Write(f"renew_{kind.name.lower()}", partial(_renew, kind), values)


def _insert(kind: GrantKind, of_new_users: bool, prefix: str) -> Insert:
    model, key = STORED[kind]
    columns, among = ("user_id", key.key, "ends_at"), of_new_rows("user_id") if of_new_users else None
    return insert_rows(model, columns, ("organization_id",), prefix=prefix, among=among).on_conflict_do_nothing()


def _renew(kind: GrantKind, prefix: str) -> Update:
    """Gives the grants that exist their new ends. One that has expired begins now."""
    model, key = STORED[kind]
    given = _given(kind, prefix, "user_id", key.key, "ends_at")
    since = case((not_expired(model.__table__, given.c.now), model.created_at), else_=given.c.now)
    return update(model).where(*_is_given(kind, given, prefix)).values(ends_at=given.c.ends_at, created_at=since)
