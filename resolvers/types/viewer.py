"""The viewer: the actor who sent the request, and what they may assign to others. Computed without a row."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, false, null, true
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access, Assignable
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID, ActorKind
from models import Audience, Permission, Scope
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Expression, Row


class ViewerAction(StrEnum):
    """Actions on no existing resource."""

    CREATE_ORGANIZATION = "CREATE_ORGANIZATION"
    VIEW_POLICY = "VIEW_POLICY"
    CREATE_API_CLIENT = "CREATE_API_CLIENT"
    REQUEST_ACCESS = "REQUEST_ACCESS"


def can(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The `ViewerAction`s of the actor, as an array: none for an admin who views as them."""
    allowed = {
        ViewerAction.CREATE_ORGANIZATION: access.creates_organizations,
        ViewerAction.VIEW_POLICY: access.reads_policy,
        ViewerAction.CREATE_API_CLIENT: access.makes_api_clients,
        ViewerAction.REQUEST_ACCESS: access.requests_access,
    }
    is_self = access.viewed_by is None
    return _values_in_order(ViewerAction, [action for action, may in allowed.items() if may and is_self])


def organization(_viewer: Row, organization: Row, _access: Access) -> ColumnElement[bool]:
    """The organization of the actor."""
    return organization.c.id == ACTOR_ORGANIZATION_ID


def permissions(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The permissions of the actor, as an array in the order of the matrix."""
    return _values_in_order(Permission, access.traits.permissions)


def user(_viewer: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The user who sent the request; none if an API client did."""
    return false() if access.traits.kind is ActorKind.CLIENT else user.c.id == ACTOR_ID


def scopes(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The scopes of the access token, as an array; NULL for users, who have no scopes."""
    if access.traits.kind is not ActorKind.CLIENT:
        return null().cast(ARRAY(Text))
    return _array(scope.name for scope in Scope.in_order(access.traits.scopes))


def manages_users(_viewer: Row, access: Access) -> ColumnElement[bool]:
    """Whether the actor may assign anything to others. An admin who views as them may not."""
    return true() if access.viewed_by is None and access.assignable is not None else false()


def assignable_audiences(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The audiences of the users that the actor may create, as an array."""
    return _values_in_order(Audience, access.assignable.audiences if access.assignable else ())


def assignable_permissions(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The permissions that the actor may assign, as an array in the order of the matrix."""
    return _values_in_order(Permission, access.assignable.permissions if access.assignable else ())


def _assignable_flag(flag: Callable[[Assignable], bool]) -> Expression:
    def expression(_viewer: Row, access: Access) -> ColumnElement[bool]:
        return true() if access.assignable is not None and flag(access.assignable) else false()

    return expression


all_contract_accounts = _assignable_flag(lambda assignable: assignable.all_contract_accounts)
all_delivery_accounts = _assignable_flag(lambda assignable: assignable.all_delivery_accounts)


def _values_in_order(enum: type[StrEnum], held: Iterable[str]) -> ColumnElement[Any]:
    members = frozenset(held)
    return _array(value for value in enum if value in members)


def _array(values: Iterable[str]) -> ColumnElement[Any]:
    return sql_literal("{" + ",".join(values) + "}").cast(ARRAY(Text))
