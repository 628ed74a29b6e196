"""Asks for access previews, and makes the previewed change by the mutation with the same input."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Uuid, bindparam, text

from authz.access import Access
from authz.actor import Actor
from models import User
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import traits_of, users_with_traits
from resolvers.identity.hashing import new_token
from resolvers.query.reader import Reader
from resolvers.query.selection import Request
from resolvers.query.statement_cache import StatementCache
from resolvers.transaction.context import MutationContext
from resolvers.worker_thread import WorkerThread
from schema.execution.context import Context
from schema.execution.execution import Execution
from tests.support.worlds.planner_fixtures import operations

LISTS = ("contractAccounts", "deliveryAccounts", "services", "users")
ROWS = "{ " + " ".join(f"{field}(first: 100) {{ totalCount nodes {{ id }} }}" for field in LISTS) + " }"
ERRORS = "errors { code message path }"
PREVIEW = f"""query ($input: AccessPreviewInput!) {{
  answer: accessPreview(input: $input) {{ {ERRORS} after {ROWS} gains {ROWS} loses {ROWS} }}
}}"""
MUTATIONS = {
    name: f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ "
    f"answer: {name}(input: $input) {{ {ERRORS} user {{ id }} }} }}"
    for name in ("createUser", "updateUser", "removeUser", "restoreUser")
}

Seen = dict[str, frozenset[str]]
"""The ids of what somebody sees, by field."""


def previewing_reader(pool: Any) -> Reader:
    """A reader as the server has one."""
    return Reader(pool, StatementCache(operations().registry, WorkerThread("test", 16)), timedelta(hours=1))


async def caller_of(writing: MutationContext, user_id: UUID) -> Caller:
    """A user as the caller of a request, with a new session."""
    actor = await actor_of(writing, user_id)
    token = new_token(actor.tenant_id)
    session = SessionToken.of(token.encode())
    insert = (
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
        "VALUES (gen_random_uuid(), :user, :hash, now() + interval '1 hour')"
    )
    async with writing.engine.begin() as connection:
        await connection.execute(text(insert), {"user": user_id, "hash": session.hash})
    return Caller(actor, session)


async def actor_of(writing: MutationContext, user_id: UUID) -> Actor:
    """A user as an actor, active or not."""
    statement = users_with_traits().where(User.id == bindparam("user_id", type_=Uuid()))
    async with writing.engine.connect() as connection:
        row = (await connection.execute(statement, {"user_id": user_id})).one()
    return Actor(row.id, row.organization_id, traits_of(row), row.version, row.until)


async def run(
    reader: Reader, writing: MutationContext, caller: Caller, document: str, input_: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer to a preview or a mutation."""
    assert caller.actor is not None
    execution = operations().prepare(document, None, {"input": input_})
    assert isinstance(execution, Execution)
    context = Context(caller, Access(writing.policy, caller.actor.traits), reader, writing)
    result = await execution.run(context)
    assert result.data is not None, result.errors
    answer: dict[str, Any] = orjson.loads(orjson.dumps(result.data))["answer"]  # a preview is JSON text in it
    return answer


async def sees(reader: Reader, writing: MutationContext, user_id: UUID) -> Seen:
    """What a user sees, or would see if they were active."""
    actor = await actor_of(writing, user_id)
    request = operations().prepare(ROWS, None, {})
    assert isinstance(request, Request)
    return ids_of(json.loads(await reader.read_without_session(actor, Access(writing.policy, actor.traits), request)))


def ids_of(view: Mapping[str, Any]) -> Seen:
    """The ids in a view, each once and all counted."""
    found = {field: [node["id"] for node in view[field]["nodes"]] for field in LISTS}
    assert {field: view[field]["totalCount"] for field in LISTS} == {
        field: len(set(ids)) for field, ids in found.items()
    }
    return {field: frozenset(ids) for field, ids in found.items()}


def errors_of(answer: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The errors, with the path of the user as a preview has it."""
    paths = [".".join(error["path"]).replace("input.id", "input.user") for error in answer["errors"]]
    return [(error["code"], path, error["message"]) for error, path in zip(answer["errors"], paths, strict=True)]
