"""The small world of a test file, as rows, and its things by name.

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
from app.policy.testing.named_world import NamedActor, NamedWorld, defaults
from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.actor import ActorKind, Traits
from authz.lint.operand_types import did_you_mean
from authz.model.resources import Column, attributes
from authz.predicates.evaluate import Row, Value
from authz.predicates.nodes import Identity
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

WRITTEN: Mapping[str, type[Base]] = {"access reviews": AccessReview, "access review entries": AccessReviewEntry}
"""What is written down of an organization, with columns and nothing else."""

_OTHERS = ("services", "users", "api clients", "audit events")


def read_world(document: YamlDocument, node: Node) -> NamedWorld:
    """The world at `node`; what is wrong in it is noted in `document`."""
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
    parts = document.fields(node, "An organization", (*ACCESS, *WRITTEN, *_OTHERS))
    accounts = {part: model for part, (model, _) in ACCESS.items()}
    for part, model in (*accounts.items(), *WRITTEN.items()):
        for thing, fields in _entries(document, parts.get(part), f"The {part}"):
            own = {"name": thing.value, **_columns(document, fields, model)}
            named.add(model, name, thing.value, {**_owned(model, name, thing.value), **own})
    for code, service in document.pairs(parts.get("services"), "The services"):
        _service(document, named, name, code, service)
    for user, about in _entries(document, parts.get("users"), "The users"):
        _user(document, named, user, about, name)
    for client, about in document.pairs(parts.get("api clients"), "The API clients"):
        read_client(document, named, client, about, name)
    for event, about in _entries(document, parts.get("audit events"), "The audit events"):
        _event(document, named, event, about, name)


def _entries(document: YamlDocument, node: Node, what: str) -> list[tuple[yaml.ScalarNode, Node]]:
    """A list of names, or names with something behind each."""
    if isinstance(node, yaml.MappingNode):
        return list(document.pairs(node, what))
    return [(name, None) for name in document.texts(node, what)]


def _owned(model: type[Base], organization: str, name: str) -> dict[str, Value]:
    return {"id": f"{model.__name__} {name} of {organization}", "organization_id": organization}


def _columns(document: YamlDocument, node: Node, model: type[Base], besides: tuple[str, ...] = ()) -> dict[str, Value]:
    """The columns of text that are written at `node`; `besides` are entries that are none."""
    known = attributes(model)
    texts = [
        name
        for name, attribute in known.items()
        if isinstance(attribute, Column) and attribute.scalar is str and name not in ("name", "code", "audience")
    ]
    values: dict[str, Value] = {}
    for name, value in document.fields(node, f"A {model.__name__}", (*besides, *texts)).items():
        attribute = known.get(name)
        if name not in besides and isinstance(attribute, Column):
            words = tuple(map(str, attribute.allowed_values or ()))
            values[name] = document.word(value, words, name) if words else document.text(value, name)
    return values


def _service(document: YamlDocument, named: NamedWorld, organization: str, code: yaml.ScalarNode, node: Node) -> None:
    """`SVC-000001: ACME South -> PEAR Corp`, or a mapping with `accounts` and columns."""
    values: dict[str, Value] = {}
    tie: Node = node
    if isinstance(node, yaml.MappingNode):
        values = _columns(document, node, Service, ("accounts",))
        tie = next((value for key, value in node.value if key.value == "accounts"), node)
    from_, arrow, to = document.text(tie, "CONTRACT ACCOUNT -> DELIVERY ACCOUNT").partition(" -> ")
    if not arrow:
        document.refuse(tie, "A service ties two accounts.", "Write CONTRACT ACCOUNT -> DELIVERY ACCOUNT.")
        return
    for model, column, name in (
        (ContractAccount, "contract_account_id", from_),
        (DeliveryAccount, "delivery_account_id", to),
    ):
        account = _owned_thing(document, named.owned(model, organization), model.__name__, name.strip(), tie)
        values[column] = None if account is None else account.values["id"]
    own = {
        **_owned(Service, organization, code.value),
        "code": code.value,
        "name": code.value,
        "status": str(ServiceStatus.ACTIVE),
    }
    named.add(Service, organization, code.value, {**own, **values})


def _owned_thing(document: YamlDocument, known: Mapping[str, Row], what: str, name: str, node: Node) -> Row | None:
    if name not in known:
        document.refuse(
            node, f"There is no {what} {name} in this organization.", did_you_mean(name, known) if known else ""
        )
    return known.get(name)


def _user(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    if key.value in named.actors:
        document.refuse(key, "Two users have this name.")
        return
    besides = ("audience", "permissions", *ACCESS, "state")
    columns = _columns(document, node, User, besides)
    about = {name.value: value for name, value in document.pairs(node, "A user")} if node is not None else {}

    def word(name: str, words: tuple[str, ...]) -> str:
        return document.word(about[name], words, name) if name in about else words[0]

    audience = word("audience", (Audience.ORGANIZATION, Audience.DELIVERY))
    state = word("state", tuple(STATES))
    permissions = _permissions(document, about.get("permissions"), bool(organization))
    every = {part: _is_all(about.get(part)) for part in ACCESS}
    if every["delivery accounts"] and audience == Audience.DELIVERY:
        document.refuse(about["delivery accounts"], "A user of a delivery account has a list of them.")
    row = named.add(User, organization, key.value, {
        **_owned(User, organization, key.value), **columns, **STATES[state], "email": key.value, "audience": audience,
        "all_contract_accounts": every["contract accounts"], "all_delivery_accounts": every["delivery accounts"],
    })  # fmt: skip
    row.values["organization_id"] = organization or None
    own: dict[str, Value] = {"user_id": row.values["id"], "organization_id": organization}
    for permission in permissions:
        named.world.add(UserPermission, {**defaults(UserPermission), **own, "permission": str(permission)})
    for part, (model, grants) in ACCESS.items():
        for name in document.texts(about.get(part), f"The {part}") if not every[part] else ():
            account = _owned_thing(document, named.owned(model, organization), model.__name__, name.value, name)
            if account is not None:
                column = f"{part.split()[0]}_account_id"
                named.world.add(grants, {**defaults(grants), **own, column: account.values["id"]})
    named.actors[key.value] = _person(key.value, row, permissions)


def _is_all(node: Node) -> bool:
    """Whether `all` stands at `node`."""
    return isinstance(node, yaml.ScalarNode) and node.value == ALL


def _event(document: YamlDocument, named: NamedWorld, key: yaml.ScalarNode, node: Node, organization: str) -> None:
    """`NAME: {actor: sam, subject: sue}`: who did it, and to whom it happened."""
    values = _columns(document, node, AuditEvent, ("actor", "subject"))
    for name, value in document.pairs(node, "An audit event"):
        if name.value in ("actor", "subject"):
            user = _owned_thing(
                document, named.owned(User, organization), "User", document.text(value, "A user"), value
            )
            values[f"{name.value}_id"] = None if user is None else user.values["id"]
    named.add(AuditEvent, organization, key.value, {**_owned(AuditEvent, organization, key.value), **values})


def _permissions(document: YamlDocument, node: Node, member: bool) -> frozenset[Permission]:
    """Those at `node`; without any, the one that every member has."""
    if node is None:
        return frozenset({Permission.SITES_SERVICES_VIEW}) if member else frozenset()
    if _is_all(node):
        return frozenset(Permission)
    names = document.texts(node, "The permissions")
    return frozenset(Permission(document.word(name, tuple(Permission), "permission")) for name in names)


def _person(name: str, row: Row, permissions: frozenset[Permission]) -> NamedActor:
    organization = row.values["organization_id"]
    values = row.values
    traits = Traits(
        ActorKind.MEMBER if organization else ActorKind.STAFF,
        Audience(str(values["audience"])),
        permissions,
        bool(values["all_contract_accounts"]),
        bool(values["all_delivery_accounts"]),
    )
    owner = None if organization is None else str(organization)
    identity = {Identity.ID: str(values["id"]), Identity.ORGANIZATION_ID: owner, Identity.CLIENT_ID: None}
    return NamedActor(name, traits, identity)
