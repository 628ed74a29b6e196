"""What a policy may name of each kind of actor: who it is, its traits, and the actor that it leads to.

actor.id, actor.organization_id, actor.audience, "BILLING_VIEW" in actor.permissions        of a user
client.id, "basic.read" in client.scopes, client.owner.audience                             of an API client
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from authz.actor import ActorKind
from authz.predicates.nodes import Identity
from models import Audience, Permission, Scope


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait of an actor: its `scalar` is bool, str, or list (of `words`)."""

    scalar: type
    allowed_values: type[StrEnum] | None = None


_OF_A_USER: Mapping[str, Trait] = {
    "audience": Trait(str, Audience),
    "permissions": Trait(list, Permission),
    "all_contract_accounts": Trait(bool),
    "all_delivery_accounts": Trait(bool),
}
_OF_A_CLIENT: Mapping[str, Trait] = {"scopes": Trait(list, Scope)}

TRAITS: Mapping[str, Trait] = {**_OF_A_USER, **_OF_A_CLIENT}
"""All traits that some kind of actor has, by name: a name is that of one trait only, whose it is."""

LIST_ATTRIBUTES: Mapping[str, type[StrEnum]] = {
    name: trait.allowed_values
    for name, trait in TRAITS.items()
    if trait.scalar is list and trait.allowed_values is not None
}
"""The traits that are lists, with the words that they can hold."""


@dataclass(frozen=True, slots=True)
class ActorAttributes:
    """What may be named of one kind of actor. `leads` are the names under which it leads to another actor."""

    identity: Mapping[str, Identity]
    traits: Mapping[str, Trait]
    references: Mapping[str, ActorKind]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.identity, *self.references, *self.traits)


_USER = ActorAttributes({"id": Identity.ID, "organization_id": Identity.ORGANIZATION_ID}, _OF_A_USER, {})

ACTOR_ATTRIBUTES: Mapping[ActorKind, ActorAttributes] = {
    ActorKind.MEMBER: _USER,
    ActorKind.STAFF: _USER,
    ActorKind.CLIENT: ActorAttributes({"id": Identity.CLIENT_ID}, _OF_A_CLIENT, {"owner": ActorKind.MEMBER}),
}


def traits_of(kind: ActorKind) -> Mapping[str, Trait]:
    """The traits on which an answer to actors of `kind` can depend: theirs, and those of actors that they lead to."""
    found = dict(ACTOR_ATTRIBUTES[kind].traits)
    for other in ACTOR_ATTRIBUTES[kind].references.values():
        found |= traits_of(other)
    return found
