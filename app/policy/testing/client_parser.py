"""The API clients of a test file: things that users look after, and people who ask for themselves.

nightly: {owner: sam, scopes: [basic.read, users.write]}
"""

from dataclasses import replace

import yaml

from app.policy.testing.named_world import NamedActor, NamedWorld
from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.actor import ActorKind
from authz.lint.operand_types import did_you_mean
from authz.predicates.nodes import Identity
from models import ApiClient, Scope

ALL = "all"


def read_client(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    """The client at `node`, called `key`: a row of `organization`, and an actor with the traits of its owner."""
    if key.value in named.actors:
        document.refuse(key, "Somebody else has this name.")
        return
    parts = document.fields(node, "An API client", ("owner", "scopes"))
    owner = _owner(document, named, parts.get("owner"), key, organization)
    scopes = _scopes(document, parts.get("scopes"), key)
    if owner is None or not scopes:
        return
    identity = f"ApiClient {key.value} of {organization}"
    row = {"id": identity, "organization_id": organization, "name": key.value}
    named.add(ApiClient, organization, key.value, {**row, "owner_id": owner.identity[Identity.ID]})
    traits = replace(owner.traits, kind=ActorKind.CLIENT, scopes=scopes)
    named.actors[key.value] = NamedActor(key.value, traits, {**owner.identity, Identity.CLIENT_ID: identity})


def _owner(
    document: YamlDocument, named: NamedWorld, node: Node, key: yaml.ScalarNode, organization: str
) -> NamedActor | None:
    if node is None:
        document.refuse(key, "An API client has an owner.", "Write {owner: NAME, scopes: [basic.read]}.")
        return None
    text = document.text(node, "A user")
    owner = named.actors.get(text)
    if owner is None or owner.identity[Identity.ORGANIZATION_ID] != organization or owner.traits.scopes:
        users = [name for name, each in named.actors.items() if each.traits.kind is ActorKind.MEMBER]
        document.refuse(node, f"There is no user {text} in this organization.", did_you_mean(text, users))
        return None
    return owner


def _scopes(document: YamlDocument, node: Node, key: yaml.ScalarNode) -> frozenset[Scope]:
    if isinstance(node, yaml.ScalarNode) and node.value == ALL:
        return frozenset(Scope)
    words = [document.word(name, tuple(Scope), "scope") for name in document.texts(node, "The scopes")]
    if not words:
        document.refuse(key, "An API client has at least one scope.", f"They are: {', '.join(Scope)}.")
    return frozenset(map(Scope, words))
