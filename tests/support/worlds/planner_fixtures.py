"""Reads as a user of a random world, on the test's own connection: with the real planner and the real policy, without
HTTP and without a session."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

from authz.access import Access
from authz.actor import Actor
from resolvers.query import connection as lists
from resolvers.query import page_rows
from resolvers.query.selection import Request, Selection
from resolvers.query.session_guard import sessionless_parameters
from resolvers.query.statement import Statement, build
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.resolver_fixtures import rules
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.clients import Client
from tests.support.worlds.models import User

MORE_THAN_ALL = 1_000_000_000
FIRST_ROWS = 2
FEW_ROWS = 1
SESSION_IDLE = timedelta(hours=2)

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
    "AccessRequest": "arq",
}


def id_of(kind: str, key: Any) -> str:
    return f"{PREFIXES[kind]}_{key}"


@cache
def operations() -> Operations:
    return Operations(Limits(cost=MORE_THAN_ALL))


@cache
def statement(access: Access, selection: Selection, *, large: bool) -> Statement:
    # The worlds are small: some of their lists, too, are to be longer than the rows that are tested first, or few.
    with patch.object(page_rows, "FIRST_ROWS", FIRST_ROWS), patch.object(lists, "FEW_ROWS", FEW_ROWS):
        return build(operations().registry, access, selection, guarded=False, large=large)


async def read(
    connection: Any, user: User, text: str, variables: Mapping[str, Any] | None = None, client: Client | None = None
) -> dict[str, Any]:
    """Returns the data that `user`, or a client of theirs, gets for a query: from either form of the statement."""
    request = operations().prepare(text, None, variables or {})
    assert isinstance(request, Request)
    traits = traits_of(user, client)
    actor = Actor(user.id, user.organization_id, traits, version=1, client_id=client.id if client else None)
    answers: list[dict[str, Any]] = []
    for large in (False, True):
        planned = statement(Access(rules(), traits), request.selection, large=large)
        arguments = planned.arguments(sessionless_parameters(actor, SESSION_IDLE), request.values)
        answers.append(json.loads(await connection.fetchval(planned.sql, *arguments)))
    assert answers[0] == answers[1]
    return answers[0]


def ids_in(connection_: dict[str, Any]) -> set[str]:
    ids = [node["id"] for node in connection_["nodes"]]
    assert len(ids) == len(set(ids)) == connection_["totalCount"]
    return set(ids)
