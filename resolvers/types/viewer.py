"""Who asks, and what they may give to others: known from the actor, whom no row stands for."""

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
    """What can be done that is done to nothing that is there already."""

    CREATE_ORGANIZATION = "CREATE_ORGANIZATION"


def can(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The `ViewerAction`s of who asks, as an array."""
    return _words(ViewerAction, [ViewerAction.CREATE_ORGANIZATION] if access.creates_organizations else ())


def organization(_viewer: Row, organization: Row, _access: Access) -> ColumnElement[bool]:
    """The organization of who asks."""
    return organization.c.id == ACTOR_ORGANIZATION_ID


def permissions(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The permissions of who asks, as an array in the order of the matrix."""
    return _words(Permission, access.traits.permissions)


def user(_viewer: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The user who asks; nobody where an API client does."""
    return false() if access.traits.kind is ActorKind.CLIENT else user.c.id == ACTOR_ID


def scopes(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The scopes of the access token, as an array; NULL for users, whom none limit."""
    if access.traits.kind is not ActorKind.CLIENT:
        return null().cast(ARRAY(Text))
    return _array(scope.name for scope in Scope.in_order(access.traits.scopes))


def manages_users(_viewer: Row, access: Access) -> ColumnElement[bool]:
    """Whether who asks may give anything to others at all."""
    return true() if access.assignable is not None else false()


def assignable_audiences(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The audiences that who asks may make users of, as an array."""
    return _words(Audience, access.assignable.audiences if access.assignable else ())


def assignable_permissions(_viewer: Row, access: Access) -> ColumnElement[Any]:
    """The permissions that who asks may give, as an array in the order of the matrix."""
    return _words(Permission, access.assignable.permissions if access.assignable else ())


def _assignable_flag(flag: Callable[[Assignable], bool]) -> Expression:
    def expression(_viewer: Row, access: Access) -> ColumnElement[bool]:
        return true() if access.assignable is not None and flag(access.assignable) else false()

    return expression


all_contract_accounts = _assignable_flag(lambda assignable: assignable.all_contract_accounts)
all_delivery_accounts = _assignable_flag(lambda assignable: assignable.all_delivery_accounts)


def _words(vocabulary: type[StrEnum], held: Iterable[str]) -> ColumnElement[Any]:
    among = frozenset(held)
    return _array(word for word in vocabulary if word in among)


def _array(words: Iterable[str]) -> ColumnElement[Any]:
    return sql_literal("{" + ",".join(words) + "}").cast(ARRAY(Text))
