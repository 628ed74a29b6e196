"""The rows of the database as they would be after the change of one user, the subject: CTEs with the columns of the
tables of users and grants, and their parameters.

    after_contract_grants AS (SELECT … FROM contract_grants WHERE user_id <> :subject_id
                              UNION ALL SELECT :subject_id, key, … FROM unnest(:keys, :ends))

Nothing is written. The values are parameters, so that all changes share the text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    column,
    false,
    func,
    null,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.hypothetical import SUBJECT_ID, SUBJECT_ORGANIZATION_ID
from models import User, UserKind
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.access.grants import STORED, grants_of
from resolvers.query.json_sql import int_literal, sql_literal

_TIMESTAMP: Final = DateTime(timezone=True)
_NAMES: Final[Mapping[str, str]] = {
    model.__tablename__: f"after_{model.__tablename__}" for model in (User, *(STORED[kind][0] for kind in GrantKind))
}
_GIVEN: Final[Mapping[str, ColumnElement[Any]]] = {
    "audience": bindparam("subject_audience", type_=Text()),
    "all_contract_accounts": bindparam("subject_all_contract_accounts", type_=Boolean()),
    "all_delivery_accounts": bindparam("subject_all_delivery_accounts", type_=Boolean()),
}

CHANGED_COLUMNS: Final = frozenset(_GIVEN)
"""The columns of the user's own row that a change of access changes."""

REPLACED: Final = tuple(_NAMES.items())
"""The tables with their names among the CTEs."""

REPLACED_GRANTS: Final = tuple((table, name) for table, name in REPLACED if table != User.__tablename__)
"""The tables of grants alone."""

PARAMETERS: Final = frozenset(
    {
        SUBJECT_ID.key,
        SUBJECT_ORGANIZATION_ID.key,
        *(f"subject_{name}" for name in _GIVEN),
        *(f"subject_{kind.name.lower()}_{part}" for kind in GrantKind for part in ("keys", "ends")),
    }
)


def parameters(subject_id: UUID, organization_id: UUID | None, access: AccountAccess | None) -> dict[str, Any]:
    """The values of `PARAMETERS` for a subject with this access, or with none that matters."""
    values: dict[str, Any] = {SUBJECT_ID.key: subject_id, SUBJECT_ORGANIZATION_ID.key: organization_id}
    if access is None:
        return values
    values |= {f"subject_{name}": getattr(access, name) for name in _GIVEN}
    return values | grant_parameters({kind: grants_of(access, kind) for kind in GrantKind})


def grant_parameters(grants: Mapping[GrantKind, Mapping[Any, datetime | None]]) -> dict[str, Any]:
    """The values of the `PARAMETERS` about grants: their keys, with their ends."""
    values: dict[str, Any] = {}
    for kind, of_kind in grants.items():
        ends = {key: end for key, end in of_kind.items() if key is not None}
        values[f"subject_{kind.name.lower()}_keys"] = list(ends)
        values[f"subject_{kind.name.lower()}_ends"] = list(ends.values())
    return values


def changed_rows(*, is_new: bool) -> list[CTE]:
    """The CTEs with the rows after the change; the subject is `is_new` if they have no row yet."""
    stored = User.__table__.alias("stored")
    subject = _new_user() if is_new else _changed_user()
    others = select(*_columns(stored)).where(stored.c.id != SUBJECT_ID)
    return [_cte(User.__tablename__, others, subject), *changed_grants()]


def changed_grants() -> list[CTE]:
    """Those of the CTEs that hold grants."""
    return list(map(_grants, GrantKind))


def own_row() -> FromClause:
    """An alias of the rows of users after the change."""
    columns = [column(each.name, each.type) for each in _columns(User.__table__)]
    return table(_NAMES[User.__tablename__], *columns).alias("own")


def _columns(user: FromClause) -> list[ColumnElement[Any]]:
    # No policy can name the password.
    return [each for each in user.c if each.name != "password_hash"]


def _new_user() -> Select[*tuple[Any, ...]]:
    """The row of a user who has only access: their details are unknown yet."""
    known: dict[str, ColumnElement[Any]] = {
        **_GIVEN,
        "id": SUBJECT_ID,
        "organization_id": SUBJECT_ORGANIZATION_ID,
        "tenant_id": SUBJECT_ORGANIZATION_ID,
        "staff": false(),
        "kind": sql_literal(UserKind.PERSONAL),
        "email": sql_literal(""),
        "version": int_literal(1),
        **dict.fromkeys(("created_at", "updated_at", "activated_at"), func.now()),
    }
    return select(*(_typed(known.get(each.name, null()), each) for each in _columns(User.__table__)))


def _changed_user() -> Select[*tuple[Any, ...]]:
    """The row of the user with the new access, and active: they see nothing before that."""
    stored = User.__table__.alias("stored")
    changed = {**_GIVEN, "activated_at": func.coalesce(stored.c.activated_at, func.now())}
    columns = [_typed(changed[each.name], each) if each.name in changed else each for each in _columns(stored)]
    return select(*columns).where(stored.c.id == SUBJECT_ID)


def _typed(value: ColumnElement[Any], like: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value with the type and collation of a column, which PostgreSQL requires in order to push conditions into a
    UNION ALL."""
    collation = getattr(like.type, "collation", None)
    typed = cast(value, Text() if collation else like.type)
    return (typed.collate(collation) if collation else typed).label(like.name)


def _grants(kind: GrantKind) -> CTE:
    model, key = STORED[kind]
    stored = model.__table__.alias("stored")
    name = f"subject_{kind.name.lower()}"
    given = func.unnest(
        bindparam(f"{name}_keys", type_=ARRAY(key.type)), bindparam(f"{name}_ends", type_=ARRAY(_TIMESTAMP))
    ).table_valued(column("key", key.type), column("ends_at", _TIMESTAMP))
    given = given.render_derived("given")
    values: dict[str, ColumnElement[Any]] = {
        "user_id": SUBJECT_ID,
        key.key: given.c.key,
        "organization_id": SUBJECT_ORGANIZATION_ID,
        "created_at": func.now(),
        "ends_at": given.c.ends_at,
    }
    own = select(*(values[each.name].label(each.name) for each in stored.c)).select_from(given)
    return _cte(model.__tablename__, select(stored).where(stored.c.user_id != SUBJECT_ID), own)


def _cte(table_name: str, others: Select[Any], subject: Select[Any]) -> CTE:
    # PostgreSQL would compute what is named twice once, for all users.
    return union_all(others, subject).cte(_NAMES[table_name]).prefix_with("NOT MATERIALIZED")
