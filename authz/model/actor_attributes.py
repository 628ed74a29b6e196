"""The attributes that a policy may name of each kind of actor: its identity, its traits, and linked actors.

actor.id, actor.organization_id, actor.audience, "BILLING_VIEW" in actor.permissions        of a user
client.id, "basic.read" in client.scopes, client.owner.audience                             of an API client
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from authz.actor import ActorKind, Identity
from models import Audience, Permission, Scope


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait of an actor. `scalar` is bool, str or list; `allowed_values` are those of a str, or of list elements."""

    scalar: type
    allowed_values: type[StrEnum] | None = None


_USER_TRAITS: Mapping[str, Trait] = {
    "audience": Trait(str, Audience),
    "permissions": Trait(list, Permission),
    "all_contract_accounts": Trait(bool),
    "all_delivery_accounts": Trait(bool),
}
_CLIENT_TRAITS: Mapping[str, Trait] = {"scopes": Trait(list, Scope)}

TRAITS: Mapping[str, Trait] = {**_USER_TRAITS, **_CLIENT_TRAITS}
"""The traits of all kinds of actors, by name. No two traits share a name."""

LIST_ATTRIBUTES: Mapping[str, type[StrEnum]] = {
    name: trait.allowed_values
    for name, trait in TRAITS.items()
    if trait.scalar is list and trait.allowed_values is not None
}
"""The traits that are lists, with the values that they can contain."""


@dataclass(frozen=True, slots=True)
class ActorAttributes:
    """The attributes of one kind of actor. `references` are those that lead to another actor."""

    identity: Mapping[str, Identity]
    traits: Mapping[str, Trait]
    references: Mapping[str, ActorKind]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all attributes."""
        return (*self.identity, *self.references, *self.traits)


_USER = ActorAttributes({"id": Identity.ID, "organization_id": Identity.ORGANIZATION_ID}, _USER_TRAITS, {})

ACTOR_ATTRIBUTES: Mapping[ActorKind, ActorAttributes] = {
    ActorKind.MEMBER: _USER,
    ActorKind.STAFF: _USER,
    ActorKind.CLIENT: ActorAttributes({"id": Identity.CLIENT_ID}, _CLIENT_TRAITS, {"owner": ActorKind.MEMBER}),
}


def traits_of(kind: ActorKind) -> Mapping[str, Trait]:
    """Returns the traits on which a decision for actors of `kind` can depend: their own, and those of linked actors."""
    traits = dict(ACTOR_ATTRIBUTES[kind].traits)
    for other in ACTOR_ATTRIBUTES[kind].references.values():
        traits |= traits_of(other)
    return traits
