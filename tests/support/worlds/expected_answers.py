"""The answer that the oracle expects to a query for everything."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from authz.model.actions import AccessRequestAction, ApiClientAction, OrganizationAction, ServiceAction, UserAction
from models import Scope
from tests.support.worlds.clients import Client
from tests.support.worlds.models import User, World
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.planner_fixtures import id_of, ids_in

ALL = "(first: 100) { totalCount nodes { id } }"
ROOTS = {
    "Organization": "organizations",
    "ContractAccount": "contractAccounts",
    "DeliveryAccount": "deliveryAccounts",
    "Service": "services",
    "User": "users",
    "AuditEvent": "auditEvents",
    "ApiClient": "apiClients",
    "AccessRequest": "accessRequests",
}
EVERYTHING = f"""{{ viewer {{ viewerCan }}
  organizations(first: 100) {{ totalCount nodes {{
    id viewerCan contractAccounts {ALL} deliveryAccounts {ALL} services {ALL} users {ALL} auditEvents {ALL}
    accessReviews(first: 100) {{ totalCount nodes {{ id entries {ALL} }} }}
  }} }}
  contractAccounts(first: 100) {{ totalCount nodes {{
    id viewerCan organization {{ id }} billing {{ currency }} deliveryAccounts {ALL} services {ALL} users {ALL}
  }} }}
  deliveryAccounts(first: 100) {{ totalCount nodes {{
    id viewerCan organization {{ id }} contractAccounts {ALL} services {ALL} users {ALL}
  }} }}
  services(first: 100) {{ totalCount nodes {{ id viewerCan contractAccount {{ id }} deliveryAccount {{ id }} }} }}
  users(first: 100) {{ totalCount nodes {{
    id status lastSignInAt viewerCan mayHaveMoreAccounts activation {{ mail attempts mailReply }} organization {{ id }}
    contractAccounts {ALL} deliveryAccounts {ALL} auditEvents {ALL} apiClients {ALL}
  }} }}
  auditEvents(first: 100) {{ totalCount nodes {{ id }} }}
  apiClients(first: 100) {{ totalCount nodes {{ id viewerCan name scopes owner {{ id }} organization {{ id }} }} }}
  accessRequests(first: 100) {{ totalCount nodes {{
    id viewerCan state permission requester {{ id }} contractAccount {{ id }} deliveryAccount {{ id }}
  }} }}
}}"""


ACTIONS: dict[str, tuple[str, ...]] = {
    "Organization": tuple(OrganizationAction), "Service": tuple(ServiceAction), "User": tuple(UserAction),
    "ContractAccount": ("view", "assign"), "DeliveryAccount": ("view", "assign"), "ApiClient": tuple(ApiClientAction),
}  # fmt: skip


class Expected:
    """What the oracle lets `user`, or a client of theirs, see of `world`, in terms of the API."""

    def __init__(self, world: World, user: User, client: Client | None = None) -> None:
        self.world = world
        self.oracle = Oracle(world, user, client)
        self.visible = {kind: self.oracle.allowed(kind, "view") for kind in world.things}

    def ids(self, kind: str, keys: Iterable[UUID]) -> set[str]:
        """The ids of the visible ones of `keys`."""
        return {id_of(kind, key) for key in keys if key in self.visible[kind]}

    def viewer_can(self) -> list[str]:
        """What the asker may do with no existing resource."""
        may = {
            "CREATE_ORGANIZATION": self.oracle.creates_organizations(),
            "CREATE_API_CLIENT": self.oracle.makes_api_clients,
            "REQUEST_ACCESS": not self.oracle.creates_organizations(),
        }
        return [action for action, allowed in may.items() if allowed]

    def in_access(self, user: User, kind: str) -> set[UUID]:
        """The accounts in the access of `user`, visible or not."""
        everything, some, accounts = {
            "ContractAccount": (user.all_contract_accounts, user.contract_accounts, self.world.contract_accounts),
            "DeliveryAccount": (user.all_delivery_accounts, user.delivery_accounts, self.world.delivery_accounts),
        }[kind]
        return {
            each.id
            for each in accounts
            if each.organization_id == user.organization_id and (everything or each.id in some)
        }

    def having(self, kind: str, account: UUID) -> list[UUID]:
        return [user.id for user in self.world.users if account in self.in_access(user, kind)]

    def can(self, kind: str, key: UUID, actions: Iterable[str]) -> list[str]:
        return [action.upper() for action in actions if key in self.oracle.allowed(kind, action)]

    def edges(self, kind: str, key: UUID) -> dict[str, set[str]]:
        """The ids in each connection of the resource."""
        world, seen = self.world, self.visible["Service"]
        services = [service for service in world.services if service.id in seen]
        match kind:
            case "Organization":
                return {
                    root: self.ids(inner, (each.id for each in things if each.organization_id == key))
                    for root, inner, things in (
                        ("contractAccounts", "ContractAccount", world.contract_accounts),
                        ("deliveryAccounts", "DeliveryAccount", world.delivery_accounts),
                        ("services", "Service", world.services),
                        ("users", "User", world.users),
                        ("auditEvents", "AuditEvent", world.events),
                        ("accessReviews", "AccessReview", world.reviews),
                    )
                }
            case "ContractAccount":
                own = [service for service in services if service.contract_account_id == key]
                return {
                    "services": self.ids("Service", (each.id for each in own)),
                    "deliveryAccounts": self.ids("DeliveryAccount", (each.delivery_account_id for each in own)),
                    "users": self.ids("User", self.having(kind, key)),
                }
            case "DeliveryAccount":
                own = [service for service in services if service.delivery_account_id == key]
                return {
                    "services": self.ids("Service", (each.id for each in own)),
                    "contractAccounts": self.ids("ContractAccount", (each.contract_account_id for each in own)),
                    "users": self.ids("User", self.having(kind, key)),
                }
            case "User":
                user = next(each for each in world.users if each.id == key)
                about = [event.id for event in world.events if event.subject_id == key]
                return {
                    "apiClients": self.ids("ApiClient", (each.id for each in world.clients if each.owner_id == key)),
                    "auditEvents": self.ids("AuditEvent", about),
                    "contractAccounts": self.ids("ContractAccount", self.in_access(user, "ContractAccount")),
                    "deliveryAccounts": self.ids("DeliveryAccount", self.in_access(user, "DeliveryAccount")),
                }
        return {}


def check_everything(expected: Expected, answer: dict[str, Any]) -> None:
    for kind, root in ROOTS.items():
        assert ids_in(answer[root]) == expected.ids(kind, expected.visible[kind]), f"{expected.oracle.actor} {kind}"
        for node in answer[root]["nodes"]:
            check_node(expected, kind, node)


def check_node(expected: Expected, kind: str, node: dict[str, Any]) -> None:
    key = UUID(node["id"].partition("_")[2])
    for root, ids in expected.edges(kind, key).items():
        assert ids_in(node[root]) == ids, f"{expected.oracle.actor} {kind}.{root}"
    if kind in ACTIONS:
        assert node["viewerCan"] == expected.can(kind, key, ACTIONS[kind]), f"{expected.oracle.actor} {kind} {key}"
    for review in node.get("accessReviews", {"nodes": ()})["nodes"]:
        entries = (each.id for each in expected.world.entries if str(each.review_id) in review["id"])
        assert ids_in(review["entries"]) == expected.ids("AccessReviewEntry", entries)
    if "billing" in node:
        assert (node["billing"] is not None) == (key in expected.oracle.allowed(kind, "view_billing"))
    if kind == "User":
        assert node["activation"] == expected.oracle.activation(key), f"{expected.oracle.actor} {key}"
        user = next(user for user in expected.world.users if user.id == key)
        assert node["lastSignInAt"] == (user.last_sign_in and f"{user.last_sign_in:%Y-%m-%dT%H:%M:%SZ}")
        more = expected.oracle.may_have_more_accounts(user)
        assert node["mayHaveMoreAccounts"] == more, f"{expected.oracle.actor} {key}"
    if kind == "AccessRequest":
        check_request(expected, key, node)
    if kind == "ApiClient":
        check_client(expected, key, node)
    if kind == "Service":
        service = next(each for each in expected.world.services if each.id == key)
        assert node["contractAccount"] == {"id": id_of("ContractAccount", service.contract_account_id)}
        assert node["deliveryAccount"] == {"id": id_of("DeliveryAccount", service.delivery_account_id)}


def check_request(expected: Expected, key: UUID, node: dict[str, Any]) -> None:
    request = next(each for each in expected.world.requests if each.id == key)
    actions = AccessRequestAction if request.shown == "PENDING" else (AccessRequestAction.VIEW,)
    assert node["viewerCan"] == expected.can("AccessRequest", key, actions)
    assert (node["state"], node["permission"]) == (request.shown, request.permission)
    for edge, kind, target in (
        ("requester", "User", request.requester_id),
        ("contractAccount", "ContractAccount", request.contract_account_id),
        ("deliveryAccount", "DeliveryAccount", request.delivery_account_id),
    ):
        assert node[edge] == ({"id": id_of(kind, target)} if target in expected.visible[kind] else None)


def check_client(expected: Expected, key: UUID, node: dict[str, Any]) -> None:
    client = next(each for each in expected.world.clients if each.id == key)
    if expected.oracle.client is None:
        assert node["scopes"] == [scope.name for scope in Scope if scope in client.scopes]
    assert node["name"] == client.name
    for edge, kind, target in (
        ("owner", "User", client.owner_id),
        ("organization", "Organization", client.organization_id),
    ):
        assert node[edge] == ({"id": id_of(kind, target)} if target in expected.visible[kind] else None)
