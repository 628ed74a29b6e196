"""The user whose change is previewed, as stored and as the actor sees them.

What a preview is built from depends on that row, so it is read first. It is remembered, and the statement of the
preview reads it again: if it is another one now, the preview starts anew. So the next preview, as somebody goes on
filling in a form, takes one statement, and a remembered row decides nothing.
"""

from collections.abc import Hashable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, select, true

from authz.access import Access
from authz.model.actions import UserAction
from models import User
from resolvers.callers.caller import Caller
from resolvers.mutations.users.lock import action_label, user_and_access
from resolvers.query.session_guard import session_guard
from resolvers.transaction.context import MutationContext

USER_ID: Final = "user_id"
"""The parameter of the statements."""

_PREFIX: Final = "found_"
_USED: Final = frozenset(
    {"id", "organization_id", "version", "audience", "activated_at", "removed_at"}
    | {"all_contract_accounts", "all_delivery_accounts"}
)
"""The columns of the user's own row that a preview uses. Others hold personal data, which isn't remembered."""
_UNUSED: Final = frozenset(column.name for column in User.__table__.c) - _USED


def remember(context: MutationContext, caller: Caller, row: Any) -> None:
    """Remember a row that the caller has found."""
    size = sum(len(value) if isinstance(value, list) else 1 for value in vars(row).values())
    context.found_users.put(_key(context, caller, row.id), row, size)


def remembered(context: MutationContext, caller: Caller, user_id: UUID | None) -> Any:
    """The row of this user that the caller found last, or None."""
    return context.found_users.get(_key(context, caller, user_id))


def _key(context: MutationContext, caller: Caller, user_id: UUID | None) -> Hashable:
    assert caller.actor is not None
    return context.policy.version, caller.actor.id, caller.actor.client_id, user_id


def guarded_user(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the row, with one row of NULLs if the actor doesn't see the user. Without a row, the actor has
    changed."""
    found = user_and_access(access).subquery("found")
    return select(*_columns(found)).select_from(session_guard(access).outerjoin(found, true()))


def found_columns(
    access: Access, action: UserAction
) -> tuple[list[ColumnElement[Any]], FromClause, ColumnElement[bool]]:
    """The columns of the row for another statement, without whether the actor may perform other actions than `action`;
    their table, which is empty if the actor doesn't see the user; and whether the actor may perform `action`."""
    found = user_and_access(access, [action]).subquery("found")
    return [column.label(_PREFIX + column.name) for column in _columns(found)], found, found.c[action_label(action)]


def is_same(row: Any, record: Mapping[str, Any]) -> bool:
    """Whether the row is still the one in a record with `found_columns`."""
    found = {name.removeprefix(_PREFIX): value for name, value in record.items() if name.startswith(_PREFIX)}
    return all(getattr(row, name) == value for name, value in found.items())


def _columns(found: FromClause) -> list[ColumnElement[Any]]:
    return [column for column in found.c if column.name not in _UNUSED]
