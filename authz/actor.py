"""The actor of a request: its identity, bound as parameters of statements, and its traits, folded by the compiler."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Uuid, bindparam

from models import Audience, Permission, Scope, tenant_of

ACTOR_ID = bindparam("actor_id", type_=Uuid(), unique=False)
ACTOR_ORGANIZATION_ID = bindparam("actor_organization_id", type_=Uuid(), unique=False)
ACTOR_CLIENT_ID = bindparam("actor_client_id", type_=Uuid(), unique=False)
VIEWING_ID = bindparam("viewing_id", type_=Uuid(), unique=False)
VIEWING_ORGANIZATION_ID = bindparam("viewing_organization_id", type_=Uuid(), unique=False)
"""The identity of an admin who reads as the actor (`Access.viewed_by`)."""


class ActorKind(StrEnum):
    """The kind of an actor; in a policy, the type of the first parameter of `allow`."""

    MEMBER = "Member"
    STAFF = "Staff"
    CLIENT = "Client"


class Identity(StrEnum):
    """What is known of the actor only when the statement runs. For an API client, `actor` is its owner."""

    ID = "actor.id"
    ORGANIZATION_ID = "actor.organization_id"
    CLIENT_ID = "client.id"


@dataclass(frozen=True, slots=True)
class Traits:
    """What the compiler knows of an actor. Actors with equal traits share compiled predicates and statements.

    An API client has the traits of its owner, and `scopes`, which no user has.
    """

    kind: ActorKind
    audience: Audience = Audience.ORGANIZATION
    permissions: frozenset[Permission] = frozenset()
    all_contract_accounts: bool = False
    all_delivery_accounts: bool = False
    scopes: frozenset[Scope] = frozenset()

    @property
    def owner_traits(self) -> "Traits":
        """The traits of the user for whom an API client acts; for a user, the same traits."""
        return replace(self, kind=ActorKind.MEMBER, scopes=frozenset()) if self.kind is ActorKind.CLIENT else self


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, or an API client, which has the `id` and `organization_id` of its owner, and a `client_id`.

    `version` is the version of the user's row from which the traits were read.

    `until` is when the first of the permissions among the traits expires; None if none does. From then on, the traits
    are outdated, although the row doesn't change.

    `scim_token_id` is the SCIM token that acts for the user: it may do what they may, and nothing else.

    `sees_much` says that the actor's organization is large: lists then begin with other statements of the same meaning.

    `proof_age` is how long ago the user of a session had proved who they are, when the row was read; None without a
    session.
    """

    id: UUID
    organization_id: UUID | None
    traits: Traits
    version: int
    until: datetime | None = None
    client_id: UUID | None = None
    scim_token_id: UUID | None = None
    sees_much: bool = False
    proof_age: timedelta | None = field(default=None, compare=False)

    @property
    def tenant_id(self) -> UUID:
        """The tenant of the actor's rows, such as their sessions: their organization, or the platform."""
        return tenant_of(self.organization_id)

    @property
    def program_id(self) -> UUID | None:
        """The API client or SCIM token that acts for the user; None if the user acts."""
        return self.client_id or self.scim_token_id

    @property
    def identity(self) -> dict[str, UUID | None]:
        """The values of `ACTOR_ID`, `ACTOR_ORGANIZATION_ID` and `ACTOR_CLIENT_ID` for a statement of this actor."""
        return {
            ACTOR_ID.key: self.id,
            ACTOR_ORGANIZATION_ID.key: self.organization_id,
            ACTOR_CLIENT_ID.key: self.client_id,
        }
