"""Reads as a user of a random world, on the test's own connection: with the real planner and the real policy, without
HTTP and without a session."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from authz.access import Access
from authz.actor import Actor
from resolvers.query.selection import Request, Selection
from resolvers.query.statement import Statement, build
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.resolver_fixtures import rules
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.clients import Client
from tests.support.worlds.models import User

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


def id_of(kind: str, key: Any) -> str:
    return f"{PREFIXES[kind]}_{key}"


@cache
def operations() -> Operations:
    return Operations(Limits(cost=MORE_THAN_ALL))


@cache
def statement(access: Access, selection: Selection) -> Statement:
    return build(operations().registry, access, selection, guarded=False)


async def read(
    connection: Any, user: User, text: str, variables: Mapping[str, Any] | None = None, client: Client | None = None
) -> dict[str, Any]:
    """Returns the data that `user`, or a client of theirs, gets for a query."""
    request = operations().prepare(text, None, variables or {})
    assert isinstance(request, Request)
    traits = traits_of(user, client)
    planned = statement(Access(rules(), traits), request.selection)
    actor = Actor(user.id, user.organization_id, traits, version=1, client_id=client.id if client else None)
    named = actor.identity
    data: dict[str, Any] = json.loads(await connection.fetchval(planned.sql, *planned.arguments(named, request.values)))
    return data


def ids_in(connection_: dict[str, Any]) -> set[str]:
    ids = [node["id"] for node in connection_["nodes"]]
    assert len(ids) == len(set(ids)) == connection_["totalCount"]
    return set(ids)
