"""The ceiling: a bare ASGI function that runs Portico's finished statements on its asyncpg pool, and nothing else.

`uvicorn --factory benchmarks.ceiling:create_app`, with `DATABASE_URL` and, in `BENCHMARK_TOKENS`, the viewers' tokens
as JSON. Serves `/<viewer>/<page>`. Viewer, query and policy were all resolved at startup; a request costs one
statement.
"""

import json
import os
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app import settings
from app.auth.bearer import BearerToken
from app.backend import Backend, open_backend
from authz.policy import load
from benchmarks.pages import PAGES
from resolvers.identity.hashing import token_hash
from resolvers.query.selection import Request
from resolvers.query.session_guard import guard_parameters

Prepared = tuple[str, list[Any]]


def create_app() -> ASGIApp:
    """The ASGI function."""
    tokens: dict[str, str] = json.loads(os.environ["BENCHMARK_TOKENS"])
    prepared: dict[str, Prepared] = {}
    pool: Any = None

    async def ceiling(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal pool
        if scope["type"] == "lifespan":
            await receive()
            loaded = settings.load(mail_worker=False)
            async with open_backend(loaded, load(loaded.policy)) as backend:
                pool = backend.pool
                for viewer, token in tokens.items():
                    for page in PAGES:
                        prepared[f"/{viewer}/{page}"] = await _prepare(backend, page, token, loaded.session_idle)
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        sql, arguments = prepared[scope["path"]]
        text: str = await pool.fetchval(sql, *arguments)
        body = b'{"data":' + text.encode() + b"}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return ceiling


async def _prepare(backend: Backend, page: str, token: str, idle: timedelta) -> Prepared:
    """The statement and its arguments, prepared as Portico does for a request."""
    document, variables = PAGES[page]
    request = backend.operations.prepare(document, None, variables)
    assert isinstance(request, Request)
    holder = await backend.authentication.authenticate(BearerToken(token_hash(token)))
    assert holder is not None
    statement = await backend.reader.statement(backend.access(holder.actor), request)
    caller = guard_parameters(holder.actor, holder.credential, idle)
    return statement.sql, statement.arguments(caller, request.values)
