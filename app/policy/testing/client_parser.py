"""Parses the API clients of a test file. A client is both a resource that users manage and an actor.

nightly: {owner: sam, scopes: [basic.read, users.write]}
"""

from dataclasses import replace

import yaml

from app.policy.testing.named_world import NamedActor, NamedWorld
from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.actor import ActorKind, Identity
from authz.lint.operand_types import did_you_mean
from models import ApiClient, Scope

ALL = "all"


def read_client(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    """Reads the client `key` at `node`: adds a row of `organization`, and an actor with the traits of its owner."""
    if key.value in named.actors:
        document.report(key, "Another actor has this name.")
        return
    parts = document.fields(node, "An API client", ("owner", "scopes"))
    owner = _owner(document, named, parts.get("owner"), key, organization)
    scopes = _scopes(document, parts.get("scopes"), key)
    if owner is None or not scopes:
        return
    id_ = f"ApiClient {key.value} of {organization}"
    row = {"id": id_, "organization_id": organization, "name": key.value}
    named.add(ApiClient, organization, key.value, {**row, "owner_id": owner.identity[Identity.ID]})
    traits = replace(owner.traits, kind=ActorKind.CLIENT, scopes=scopes)
    named.actors[key.value] = NamedActor(key.value, traits, {**owner.identity, Identity.CLIENT_ID: id_})


def _owner(
    document: YamlDocument, named: NamedWorld, node: Node, key: yaml.ScalarNode, organization: str
) -> NamedActor | None:
    if node is None:
        document.report(key, "An API client needs an owner.", "Write {owner: NAME, scopes: [basic.read]}.")
        return None
    text = document.text(node, "A user")
    owner = named.actors.get(text)
    if owner is None or owner.identity[Identity.ORGANIZATION_ID] != organization or owner.traits.scopes:
        users = [name for name, actor in named.actors.items() if actor.traits.kind is ActorKind.MEMBER]
        document.report(node, f"There is no user {text} in this organization.", did_you_mean(text, users))
        return None
    return owner


def _scopes(document: YamlDocument, node: Node, key: yaml.ScalarNode) -> frozenset[Scope]:
    if isinstance(node, yaml.ScalarNode) and node.value == ALL:
        return frozenset(Scope)
    values = [document.choice(name, tuple(Scope), "scope") for name in document.texts(node, "The scopes")]
    if not values:
        document.report(key, "An API client needs at least one scope.", f"They are: {', '.join(Scope)}.")
    return frozenset(map(Scope, values))
