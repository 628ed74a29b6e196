"""Whether the access that an entry of an access review records was given to its user by itself."""

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from authz.access import Access
from models import ACCOUNT_KINDS, CONTRACT, AccessKind, Permission, User, UserPermission, not_expired
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Row


def is_given(entry: Row, access: Access) -> ColumnElement[bool]:
    """Whether the user has the access now, and it can be taken away without anything else: a permission other than the
    one that everybody has, an account, or all accounts."""
    always = sql_literal(Permission.SITES_SERVICES_VIEW.value)
    permission = UserPermission.__table__.alias()
    conditions = [
        and_(
            entry.c.kind == sql_literal(AccessKind.PERMISSION.value),
            entry.c.name != always,
            _exists(entry, permission, access, permission.c.permission == entry.c.name, not_expired(permission)),
        )
    ]
    for kind in ACCOUNT_KINDS:
        single, every = _KINDS[kind is CONTRACT]
        grant, user = kind.grants.__table__.alias(), User.__table__.alias()
        given = _exists(entry, grant, access, grant.c[kind.key] == entry.c.thing_id, not_expired(grant))
        of_entry = user.c.id == entry.c.user_id, access.same_organization(user, entry)
        has_all = select(sql_literal("1")).where(*of_entry, user.c[kind.all_flag])
        conditions += [
            and_(entry.c.kind == sql_literal(single.value), given),
            and_(entry.c.kind == sql_literal(every.value), has_all.correlate_except(user).exists()),
        ]
    return func.coalesce(or_(*conditions), false())


_KINDS = {
    True: (AccessKind.CONTRACT_ACCOUNT, AccessKind.ALL_CONTRACT_ACCOUNTS),
    False: (AccessKind.DELIVERY_ACCOUNT, AccessKind.ALL_DELIVERY_ACCOUNTS),
}


def _exists(entry: Row, grant: Row, access: Access, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of_entry = grant.c.user_id == entry.c.user_id, access.same_organization(grant, entry)
    rows = select(sql_literal("1")).where(*of_entry, *conditions)
    return rows.correlate_except(grant).exists()
