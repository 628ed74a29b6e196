"""Who asks: an identity, which statements carry as bind parameters, and traits, which policies fold away."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Uuid, bindparam

from models import Audience, Permission, Scope

ACTOR_ID = bindparam("actor_id", type_=Uuid(), unique=False)
ACTOR_ORGANIZATION_ID = bindparam("actor_organization_id", type_=Uuid(), unique=False)
ACTOR_CLIENT_ID = bindparam("actor_client_id", type_=Uuid(), unique=False)


class ActorKind(StrEnum):
    """What kind of actor asks; in a policy, the class of the first argument of `allow`."""

    MEMBER = "Member"
    STAFF = "Staff"
    CLIENT = "Client"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a policy may know of an actor beforehand. Equal traits share compiled predicates and statements.

    An API client has those of its owner, and `scopes`, which no user has.
    """

    kind: ActorKind
    audience: Audience = Audience.ORGANIZATION
    permissions: frozenset[Permission] = frozenset()
    all_contract_accounts: bool = False
    all_delivery_accounts: bool = False
    scopes: frozenset[Scope] = frozenset()

    @property
    def of_owner(self) -> "Traits":
        """Those of the user for whom an API client acts; of anybody else, their own."""
        return replace(self, kind=ActorKind.MEMBER, scopes=frozenset()) if self.kind is ActorKind.CLIENT else self


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, or an API client, which has the `id` and `organization_id` of its owner, and a `client_id`.

    `version` is that of the user's row from which the traits were read.

    `until` is when the first of the permissions among the traits ends; None where none does. From then on the traits
    are not the user's any more, and no change of the row tells so.
    """

    id: UUID
    organization_id: UUID | None
    traits: Traits
    version: int
    until: datetime | None = None
    client_id: UUID | None = None

    @property
    def identity(self) -> dict[str, UUID | None]:
        """The values of `ACTOR_ID`, `ACTOR_ORGANIZATION_ID` and `ACTOR_CLIENT_ID`, for a statement of this actor."""
        return {
            ACTOR_ID.key: self.id,
            ACTOR_ORGANIZATION_ID.key: self.organization_id,
            ACTOR_CLIENT_ID.key: self.client_id,
        }
