"""Reading as a user of a random world, on a connection of the test's own: the real planner and the real policy, without
HTTP and without a session."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from authz.access import Access
from authz.actor import Actor, ActorKind, Traits
from resolvers import public_id
from resolvers.query.selection import Request, Selection
from resolvers.query.statement import Statement, build
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.resolver_fixtures import rules
from tests.support.world_models import User
from tests.support.worlds.clients import Client

MORE_THAN_ALL = 1_000_000_000

PREFIXES = {
    "Organization": "org",
    "ContractAccount": "ca",
    "DeliveryAccount": "da",
    "Service": "svc",
    "User": "usr",
    "AuditEvent": "evt",
    "AccessReview": "rev",
    "AccessReviewEntry": "rve",
    "ApiClient": "cli",
}


def traits_of(user: User) -> Traits:
    if user.staff:
        return Traits(ActorKind.STAFF)
    return Traits(
        ActorKind.MEMBER, user.audience, user.permissions, user.all_contract_accounts, user.all_delivery_accounts
    )


def traits_of_client(owner: User, client: Client) -> Traits:
    return replace(traits_of(owner), kind=ActorKind.CLIENT, scopes=client.scopes)


def id_of(kind: str, key: Any) -> str:
    return public_id.encode(PREFIXES[kind], key)


@cache
def operations() -> Operations:
    return Operations(Limits(cost=MORE_THAN_ALL))


@cache
def statement(access: Access, selection: Selection) -> Statement:
    return build(operations().registry, access, selection, guarded=False)


async def read(
    connection: Any, user: User, text: str, variables: Mapping[str, Any] | None = None, client: Client | None = None
) -> dict[str, Any]:
    """The data that `user`, or a client of theirs, gets for a query."""
    request = operations().prepare(text, None, variables or {})
    assert isinstance(request, Request)
    traits = traits_of_client(user, client) if client else traits_of(user)
    planned = statement(Access(rules(), traits), request.selection)
    actor = Actor(user.id, user.organization_id, traits, version=1, client_id=client.id if client else None)
    named = actor.identity
    data: dict[str, Any] = json.loads(await connection.fetchval(planned.sql, *planned.arguments(named, request.values)))
    return data


def ids_in(connection_: dict[str, Any]) -> set[str]:
    ids = [node["id"] for node in connection_["nodes"]]
    assert len(ids) == len(set(ids)) == connection_["totalCount"]
    return set(ids)
