"""Finds the user or the API client whose access is explained, active or not."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor, ActorKind
from authz.policy import Policy
from models import ApiClient, Scope, User, is_of_same
from resolvers.callers.load_actor import traits_of, users_with_traits
from resolvers.types import user as user_fields
from resolvers.types.user import UserStatus


@dataclass(frozen=True, slots=True)
class ExplainedClient:
    """An API client as the actor of a question."""

    id: UUID
    name: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class ExplainedActor:
    """The user in question: what they would be as an actor, and their lifecycle state.

    If a `client` is in question, `email` and `status` are those of its owner.
    """

    actor: Actor
    email: str
    status: UserStatus
    client: ExplainedClient | None = None

    @property
    def name(self) -> str:
        """The email of the user; for a client, its name and its owner."""
        return self.email if self.client is None else f"{self.client.name} of {self.email}"

    @property
    def is_active(self) -> bool:
        """Whether the actor can sign in, or get a token, whatever the policy says. Others may do nothing."""
        return self.status is UserStatus.ACTIVE and not (self.client and self.client.revoked)

    def may_act(self, policy: Policy) -> bool:
        """Whether the actor may do anything at all: they are active, and `policy` accepts clients of the owner."""
        return self.is_active and Access(policy, self.actor.traits).alive


async def find_subject(connection: AsyncConnection, user_id: UUID) -> ExplainedActor | None:
    """Returns the user `user_id`, active or not; None if there is none."""
    statement = users_with_traits().add_columns(User.email, _status()).where(User.id == user_id)
    row = (await connection.execute(statement)).one_or_none()
    return _explained(row) if row else None


async def find_client(connection: AsyncConnection, client_id: UUID) -> ExplainedActor | None:
    """Returns the API client `client_id` with all its scopes, revoked or not; None if there is none."""
    columns = ApiClient.name, ApiClient.scopes, ApiClient.revoked_at.is_not(None).label("revoked")
    statement = users_with_traits().add_columns(User.email, _status(), *columns)
    is_owner = User.tenant_id == ApiClient.organization_id, User.id == ApiClient.owner_id
    statement = statement.join(ApiClient, and_(*is_owner)).where(ApiClient.id == client_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    owner = _explained(row)
    traits = replace(owner.actor.traits, kind=ActorKind.CLIENT, scopes=frozenset(map(Scope, row.scopes)))
    actor = replace(owner.actor, traits=traits, client_id=client_id)
    return replace(owner, actor=actor, client=ExplainedClient(client_id, row.name, row.revoked))


def _status() -> Any:
    # Of a user whom no actor is looking at: their links are theirs, by the tenant.
    user = User.__table__
    return user_fields.status_of(user, lambda link, _of=None: is_of_same(link, user)).label("status")


def _explained(row: Any) -> ExplainedActor:
    actor = Actor(row.id, row.organization_id, traits_of(row), row.version)
    return ExplainedActor(actor, row.email, UserStatus(row.status))
