"""An actor of a random world, with the traits that its rows say."""

from collections.abc import Mapping
from random import Random

from authz.actor import ActorKind, Identity, Traits
from authz.predicates.evaluate import World
from models import ApiClient, Audience, Permission, Scope, User, UserPermission


def an_actor(world: World, random: Random) -> tuple[Traits, Mapping[Identity, str | None]]:
    """A member or a client of the world, or a staff user, with the traits that its rows say. Makes the rows valid."""
    for user in world.rows(User):
        if user.values["organization_id"] is None:
            user.values["audience"] = Audience.ORGANIZATION.value
        if user.values["audience"] == Audience.DELIVERY:
            user.values["all_delivery_accounts"] = False
    clients = world.rows(ApiClient)
    client = random.choice(clients) if clients and random.random() < 0.3 else None
    users = [row for row in world.rows(User) if client is None or row.values["id"] == client.values["owner_id"]]
    values = random.choice(users).values
    values |= {"activated_at": "2026-01-01", "removed_at": None}
    kind = ActorKind.CLIENT if client else ActorKind.STAFF if values["organization_id"] is None else ActorKind.MEMBER
    if client:
        client.values["revoked_at"] = None
    if kind is ActorKind.STAFF:
        values |= {"all_contract_accounts": False, "all_delivery_accounts": False}
    held = [row for row in world.rows(UserPermission) if row.values["user_id"] == values["id"]]
    traits = Traits(
        kind,
        Audience(str(values["audience"])),
        frozenset(Permission(str(row.values["permission"])) for row in held),
        bool(values["all_contract_accounts"]),
        bool(values["all_delivery_accounts"]),
        frozenset({Scope.BASIC_READ}) if client else frozenset(),
    )
    ids = (values["id"], values["organization_id"], client and client.values["id"])
    return traits, {key: None if value is None else str(value) for key, value in zip(Identity, ids, strict=True)}
