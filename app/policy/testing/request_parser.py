"""Parses the access requests of a test file.

sue-east: {requester: sue, contract account: ACME East}
sue-bills: {requester: sue, permission: BILLING_VIEW}
sue-unclear: {requester: sue}
"""

from collections.abc import Mapping

import yaml

from app.policy.testing.find_owned import find_owned
from app.policy.testing.named_world import NamedWorld
from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.predicates.evaluate import Value
from models import AccessRequest, Base, ContractAccount, DeliveryAccount, Permission, User

PARTS: Mapping[str, tuple[type[Base], str]] = {
    "requester": (User, "requester_id"),
    "contract account": (ContractAccount, "contract_account_id"),
    "delivery account": (DeliveryAccount, "delivery_account_id"),
}
"""The parts of a request that name a row of its organization: the type, and the column."""


def read_request(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, name: str) -> None:
    """Reads the request `key` of the organization `name` at `node`. One that asks for nothing is one whose words name
    nothing."""
    parts = document.fields(node, "An access request", (*PARTS, "permission"))
    if "requester" not in parts:
        document.report(key, "An access request needs a requester.", "Write {requester: NAME, permission: NAME}.")
        return
    values: dict[str, Value] = {"id": f"AccessRequest {key.value} of {name}", "organization_id": name}
    for part, (model, column) in PARTS.items():
        if part in parts:
            text = document.text(parts[part], f"The {part}")
            row = find_owned(document, named.in_organization(model, name), model.__name__, text, parts[part])
            values[column] = None if row is None else row.values["id"]
    if "permission" in parts:
        values["permission"] = document.choice(parts["permission"], tuple(Permission), "permission")
    named.add(AccessRequest, name, key.value, values)
