"""Parses the world of a test file into rows, and its resources and actors by name.

ACME Corporation:
  contract accounts: [ACME South, ACME East]
  delivery accounts: [PEAR Corp]
  services:
    SVC-000001: ACME South -> PEAR Corp
  users:
    sam: {permissions: [SITES_SERVICES_VIEW, USER_MANAGEMENT], contract accounts: [ACME South]}
  api clients:
    nightly: {owner: sam, scopes: [basic.read]}
staff: [olga]
"""

from collections.abc import Mapping

import yaml

from app.policy.testing.client_parser import ALL, read_client
from app.policy.testing.find_owned import find_owned
from app.policy.testing.named_world import NamedActor, NamedWorld, defaults
from app.policy.testing.request_parser import read_request
from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.actor import ActorKind, Identity, Traits
from authz.model.resources import Column, attributes
from authz.predicates.evaluate import Row, Value
from models import (
    AccessReview,
    AccessReviewEntry,
    Audience,
    AuditEvent,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Organization,
    Permission,
    Service,
    ServiceStatus,
    User,
    UserPermission,
)

STATES: Mapping[str, Mapping[str, Value]] = {
    "active": {"activated_at": "then"},
    "pending": {},
    "expired": {},
    "removed": {"activated_at": "then", "removed_at": "then"},
    "removed before activation": {"removed_at": "then"},
}
ACCESS: Mapping[str, tuple[type[Base], type[Base]]] = {
    "contract accounts": (ContractAccount, ContractGrant),
    "delivery accounts": (DeliveryAccount, DeliveryGrant),
}

RECORDS: Mapping[str, type[Base]] = {"access reviews": AccessReview, "access review entries": AccessReviewEntry}
"""Types of an organization that are given by name and columns only."""

_OTHERS = ("services", "users", "api clients", "audit events", "access requests")


def read_world(document: YamlDocument, node: Node) -> NamedWorld:
    """Reads the world at `node`. Errors are reported to `document`."""
    named = NamedWorld()
    for key, value in document.pairs(node, "A world"):
        if key.value == "staff":
            for name in document.texts(value, "The staff"):
                _user(document, named, name, None, "")
        else:
            _organization(document, named, key, value)
    return named


def _organization(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node) -> None:
    name = key.value
    named.add(Organization, name, name, {"id": name, "name": name})
    parts = document.fields(node, "An organization", (*ACCESS, *RECORDS, *_OTHERS))
    accounts = {part: model for part, (model, _) in ACCESS.items()}
    for part, model in (*accounts.items(), *RECORDS.items()):
        for entry, fields in _entries(document, parts.get(part), f"The {part}"):
            values = {"name": entry.value, **_columns(document, fields, model)}
            named.add(model, name, entry.value, {**_keys(model, name, entry.value), **values})
    for code, service in document.pairs(parts.get("services"), "The services"):
        _service(document, named, name, code, service)
    for user, about in _entries(document, parts.get("users"), "The users"):
        _user(document, named, user, about, name)
    for client, about in document.pairs(parts.get("api clients"), "The API clients"):
        read_client(document, named, client, about, name)
    for event, about in _entries(document, parts.get("audit events"), "The audit events"):
        _event(document, named, event, about, name)
    for request, about in _entries(document, parts.get("access requests"), "The access requests"):
        read_request(document, named, request, about, name)


def _entries(document: YamlDocument, node: Node, what: str) -> list[tuple[yaml.ScalarNode, Node]]:
    """Reads a list of names, or a mapping of names to nodes."""
    if isinstance(node, yaml.MappingNode):
        return list(document.pairs(node, what))
    return [(name, None) for name in document.texts(node, what)]


def _keys(model: type[Base], organization: str, name: str) -> dict[str, Value]:
    return {"id": f"{model.__name__} {name} of {organization}", "organization_id": organization}


def _columns(document: YamlDocument, node: Node, model: type[Base], besides: tuple[str, ...] = ()) -> dict[str, Value]:
    """Reads the text columns at `node`. `besides` are entries that are not columns."""
    model_attributes = attributes(model)
    texts = [
        name
        for name, attribute in model_attributes.items()
        if isinstance(attribute, Column) and attribute.scalar is str and name not in ("name", "code", "audience")
    ]
    values: dict[str, Value] = {}
    for name, value in document.fields(node, f"A {model.__name__}", (*besides, *texts)).items():
        attribute = model_attributes.get(name)
        if name not in besides and isinstance(attribute, Column):
            allowed_values = tuple(map(str, attribute.allowed_values or ()))
            values[name] = (
                document.choice(value, allowed_values, name) if allowed_values else document.text(value, name)
            )
    return values


def _service(document: YamlDocument, named: NamedWorld, organization: str, code: yaml.ScalarNode, node: Node) -> None:
    """Reads `SVC-000001: ACME South -> PEAR Corp`, or a mapping with `accounts` and columns."""
    values: dict[str, Value] = {}
    accounts: Node = node
    if isinstance(node, yaml.MappingNode):
        values = _columns(document, node, Service, ("accounts",))
        accounts = next((value for key, value in node.value if key.value == "accounts"), node)
    from_, arrow, to = document.text(accounts, "CONTRACT ACCOUNT -> DELIVERY ACCOUNT").partition(" -> ")
    if not arrow:
        document.report(accounts, "A service connects two accounts.", "Write CONTRACT ACCOUNT -> DELIVERY ACCOUNT.")
        return
    for model, column, name in (
        (ContractAccount, "contract_account_id", from_),
        (DeliveryAccount, "delivery_account_id", to),
    ):
        account = find_owned(
            document, named.in_organization(model, organization), model.__name__, name.strip(), accounts
        )
        values[column] = None if account is None else account.values["id"]
    identity = {
        **_keys(Service, organization, code.value),
        "code": code.value,
        "name": code.value,
        "status": str(ServiceStatus.ACTIVE),
    }
    named.add(Service, organization, code.value, {**identity, **values})


def _user(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    if key.value in named.actors:
        document.report(key, "Two users have this name.")
        return
    besides = ("audience", "permissions", *ACCESS, "state")
    columns = _columns(document, node, User, besides)
    about = {name.value: value for name, value in document.pairs(node, "A user")} if node is not None else {}

    def word(name: str, choices: tuple[str, ...]) -> str:
        return document.choice(about[name], choices, name) if name in about else choices[0]

    audience = word("audience", (Audience.ORGANIZATION, Audience.DELIVERY))
    state = word("state", tuple(STATES))
    permissions = _permissions(document, about.get("permissions"), bool(organization))
    has_all = {part: _is_all(about.get(part)) for part in ACCESS}
    if has_all["delivery accounts"] and audience == Audience.DELIVERY:
        document.report(about["delivery accounts"], "A delivery-audience user has a list, not all.")
    row = named.add(User, organization, key.value, {
        **_keys(User, organization, key.value), **columns, **STATES[state], "email": key.value, "audience": audience,
        "all_contract_accounts": has_all["contract accounts"], "all_delivery_accounts": has_all["delivery accounts"],
    })  # fmt: skip
    row.values["organization_id"] = organization or None
    owner: dict[str, Value] = {"user_id": row.values["id"], "organization_id": organization}
    for permission in permissions:
        named.world.add(UserPermission, {**defaults(UserPermission), **owner, "permission": str(permission)})
    for part, (model, grants) in ACCESS.items():
        for name in document.texts(about.get(part), f"The {part}") if not has_all[part] else ():
            account = find_owned(document, named.in_organization(model, organization), model.__name__, name.value, name)
            if account is not None:
                column = f"{part.split()[0]}_account_id"
                named.world.add(grants, {**defaults(grants), **owner, column: account.values["id"]})
    named.actors[key.value] = _named_actor(key.value, row, permissions)


def _is_all(node: Node) -> bool:
    """Whether the text at `node` is `all`."""
    return isinstance(node, yaml.ScalarNode) and node.value == ALL


def _event(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    """Reads `NAME: {actor: sam, subject: sue}`: the user who acted, and the user whom the event is about."""
    values = _columns(document, node, AuditEvent, ("actor", "subject"))
    for name, value in document.pairs(node, "An audit event"):
        if name.value in ("actor", "subject"):
            user = find_owned(
                document, named.in_organization(User, organization), "User", document.text(value, "A user"), value
            )
            values[f"{name.value}_id"] = None if user is None else user.values["id"]
    named.add(AuditEvent, organization, key.value, {**_keys(AuditEvent, organization, key.value), **values})


def _permissions(document: YamlDocument, node: Node, member: bool) -> frozenset[Permission]:
    """Reads the permissions at `node`; the default is the one that every member has."""
    if node is None:
        return frozenset({Permission.SITES_SERVICES_VIEW}) if member else frozenset()
    if _is_all(node):
        return frozenset(Permission)
    names = document.texts(node, "The permissions")
    return frozenset(Permission(document.choice(name, tuple(Permission), "permission")) for name in names)


def _named_actor(name: str, row: Row, permissions: frozenset[Permission]) -> NamedActor:
    organization = row.values["organization_id"]
    values = row.values
    traits = Traits(
        ActorKind.MEMBER if organization else ActorKind.STAFF,
        Audience(str(values["audience"])),
        permissions,
        bool(values["all_contract_accounts"]),
        bool(values["all_delivery_accounts"]),
    )
    organization_id = None if organization is None else str(organization)
    identity = {Identity.ID: str(values["id"]), Identity.ORGANIZATION_ID: organization_id, Identity.CLIENT_ID: None}
    return NamedActor(name, traits, identity)
