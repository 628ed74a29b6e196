"""Locks the rows that a transaction relies on against change."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Uuid, bindparam, select

from authz.actor import Actor
from models import ApiClient, ScimToken, User
from resolvers.driver_connection import with_ids
from resolvers.prepared_statement import PreparedStatement


@dataclass(frozen=True, slots=True)
class RowLocks:
    """A statement that locks rows, the actor's among them, and its parameters."""

    statement: PreparedStatement
    parameters: Mapping[str, Any]

    @property
    def sql(self) -> str:
        """The statement with its parameters written into it, all of which are ids."""
        return with_ids(self.statement.sql, self.statement.arguments(self.parameters))


def locks_of(actor: Actor) -> RowLocks:
    """The statement that locks the row of a user, or of an API client or SCIM token and its owner."""
    if actor.scim_token_id is not None:
        of_token = {"tenant_id": actor.tenant_id, "user_id": actor.id, "scim_token_id": actor.scim_token_id}
        return RowLocks(_lock_user_and_scim_token(), of_token)
    if actor.client_id is None:
        return RowLocks(_lock_user(), {"tenant_id": actor.tenant_id, "user_id": actor.id})
    parameters = {"tenant_id": actor.tenant_id, "user_id": actor.id, "client_id": actor.client_id}
    return RowLocks(_lock_user_and_client(), parameters)


@cache
def _lock_user() -> PreparedStatement:
    return PreparedStatement(select(User.id).where(*_is_user()).with_for_update(read=True))


@cache
def _lock_user_and_client() -> PreparedStatement:
    is_client = ApiClient.organization_id == _id("tenant_id"), ApiClient.id == _id("client_id")
    both = select(User.id).where(*_is_user(), *is_client)
    return PreparedStatement(both.with_for_update(read=True, of=[User, ApiClient]))


@cache
def _lock_user_and_scim_token() -> PreparedStatement:
    is_token = ScimToken.organization_id == _id("tenant_id"), ScimToken.id == _id("scim_token_id")
    both = select(User.id).where(*_is_user(), *is_token)
    return PreparedStatement(both.with_for_update(read=True, of=[User, ScimToken]))


def _is_user() -> tuple[ColumnElement[bool], ...]:
    return User.tenant_id == _id("tenant_id"), User.id == _id("user_id")


def _id(name: str) -> BindParameter[UUID]:
    return bindparam(name, type_=Uuid())
