"""Is the process there, and can it do its work? For load balancers and those who restart things."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

import migrations
from app.backend import Backend
from app.http.errors import JSON, HttpCode, code_of, log
from app.policy.policy_file import PolicyFile

ANSWER_SECONDS = 5


async def healthz(_request: Request) -> Response:
    """GET `/healthz`: 200 as long as the process answers at all. It asks nothing of the database, so that nobody
    restarts the server because the database is away."""
    return _answer(200, {"status": "ok"})


async def readyz(request: Request) -> Response:
    """GET `/readyz`: 200 when the database answers and has the newest migration, else 503; the checks tell which."""
    backend: Backend = request.app.state.backend
    database = await _check(_database_answers(backend))
    newest = await _check(_migrations_are_at_head(backend)) if database == "ok" else "unknown"
    ready = database == newest == "ok"
    checks = {"database": database, "migrations": newest}
    body = {"status": "ok" if ready else "not ready", "checks": checks, **_policy(request.app.state.policy_file)}
    return _answer(200 if ready else 503, body)


def _policy(source: PolicyFile) -> dict[str, Any]:
    """The policy in force, and how often a new one was taken and refused. Of what was wrong with it, the places alone:
    the text of the rules is not everybody's."""
    refusal = source.last_refusal
    last = refusal and {
        "at": refusal.at.isoformat(timespec="seconds"),
        "findings": [f"{finding.file}:{finding.line}:{finding.column}" for finding in refusal.findings],
    }
    return {
        "policyVersion": source.policy.version,
        "policyErrors": source.policy.errors,
        "policyReloads": {"taken": source.taken, "refused": source.refused, "lastRefusal": last},
    }


async def _database_answers(backend: Backend) -> str:
    await backend.pool.fetchval("SELECT 1")
    return "ok"


async def _migrations_are_at_head(backend: Backend) -> str:
    async with backend.engine.connect() as connection:
        found = await migrations.current(connection)
    return "ok" if found == backend.newest_migration else f"{found}, not {backend.newest_migration}"


async def _check(check: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await check
    except Exception as error:  # noqa: BLE001
        if code_of(error) is HttpCode.INTERNAL:
            log.error("A readiness check failed", exc_info=error)
            return "failed"
        return "away"


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, media_type=JSON)
