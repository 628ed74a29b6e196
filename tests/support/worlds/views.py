"""Reads of a random world as another user."""

import json
from datetime import timedelta
from typing import Any

from authz.access import Access
from authz.actor import VIEWING_ID, VIEWING_ORGANIZATION_ID, Actor
from resolvers.callers.caller import Caller
from resolvers.query.selection import Request
from resolvers.query.session_guard import caller_parameters, sessionless_parameters
from resolvers.query.statement import build
from tests.support.resolver_fixtures import rules
from tests.support.worlds.planner_fixtures import SESSION_IDLE, operations, statement

LISTED = "services", "contractAccounts", "deliveryAccounts", "users", "auditEvents", "apiClients"
EVERY_ID = "{ " + " ".join(f"{root}(first: 100) {{ totalCount nodes {{ id }} }}" for root in LISTED) + " }"


async def read_actor(connection: Any, actor: Actor, text: str, admin: Actor | None = None) -> dict[str, Any]:
    """The data of a query of `actor`, or of `admin` who views as them, without a session: from either form of the
    statement."""
    access = Access(rules(), actor.traits, viewed_by=admin.traits if admin else None)
    parameters = sessionless_parameters(actor, SESSION_IDLE)
    if admin is not None:
        parameters |= {VIEWING_ID.key: admin.id, VIEWING_ORGANIZATION_ID.key: admin.organization_id}
    request = operations().prepare(text, None, {})
    assert isinstance(request, Request)
    answers = []
    for large in (False, True):
        planned = statement(access, request.selection, large=large)
        answers.append(
            json.loads(await connection.fetchval(planned.sql, *planned.arguments(parameters, request.values)))
        )
    assert answers[0] == answers[1]
    data: dict[str, Any] = answers[0]
    return data


async def read_through_guard(connection: Any, caller: Caller, text: str) -> dict[str, Any] | None:
    """The data that a caller gets for a query, as whom they view; None if the session guard lets nothing through."""
    assert caller.actor is not None
    assert caller.viewed is not None
    request = operations().prepare(text, None, {})
    assert isinstance(request, Request)
    access = Access(rules(), caller.viewed.traits, viewed_by=caller.actor.traits)
    planned = build(operations().registry, access, request.selection)
    arguments = planned.arguments(caller_parameters(caller, timedelta(hours=1)), request.values)
    data = await connection.fetchval(planned.sql, *arguments)
    return None if data is None else json.loads(data)
