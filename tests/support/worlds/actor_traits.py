"""Derives the traits of the users and API clients of a world of plain values."""

from dataclasses import replace

from authz.actor import ActorKind, Traits
from tests.support.worlds.clients import Client
from tests.support.worlds.models import User


def traits_of(user: User, client: Client | None = None) -> Traits:
    """The traits of `user`, or of the `client` that they own."""
    if user.staff:
        return Traits(ActorKind.STAFF)
    traits = Traits(
        ActorKind.MEMBER, user.audience, user.permissions, user.all_contract_accounts, user.all_delivery_accounts
    )
    return replace(traits, kind=ActorKind.CLIENT, scopes=client.scopes) if client else traits
