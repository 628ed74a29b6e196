"""`/healthz` and `/readyz`, for load balancers and process supervisors.

A server has them beside its other addresses. It and `portico worker` also have them on the port of their metrics.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

import migrations
from app import embedded
from app.backend import Backend
from app.database.errors import UnsuitableConnection
from app.database.log_text import describe
from app.http.errors import JSON, HttpCode, code_of, log
from app.policy.policy_file import PolicyFile

CHECK_SECONDS = 5

_IS_REPLICA = "SELECT pg_is_in_recovery()"


async def healthz(_request: Request) -> Response:
    """GET `/healthz`: 200 as long as the process responds. It doesn't use the database, so that no supervisor restarts
    the server because the database is unavailable."""
    return _response(200, {"status": "ok"})


async def readyz(request: Request) -> Response:
    """GET `/readyz`: 200 if the database responds and has the newest migration, or a newer one on which this version
    serves, else 503; `checks` has the reason: `away`, `restarting` for the embedded PostgreSQL, `unsuitable` for a
    pooler that doesn't keep sessions, `read-only` for a replica. Also 200 while only reads are possible, from read
    replicas, whose states are in `replicas`."""
    return await server_readiness(request.app.state.backend, request.app.state.policy_file)


async def server_readiness(backend: Backend, policy_file: PolicyFile) -> Response:
    """The response of `/readyz` of a server."""
    database = await _check(_database_responds(backend))
    newest = "unknown"
    if database == "ok":
        newest = await _check(_migrations_are_at_head(backend.reserved_engine, backend.newest_migration))
    checks: dict[str, Any] = {"database": database, "migrations": newest}
    if backend.replicas is not None:
        checks["replicas"] = [replica.state for replica in backend.replicas.all]
    status = "ok" if database == newest == "ok" else "reads only" if backend.reads_alone else "not ready"
    body = {"status": status, "checks": checks, **_reads_only(backend), **_policy(policy_file)}
    return _response(503 if status == "not ready" else 200, body)


async def worker_readiness(engine: AsyncEngine, policy_file: PolicyFile) -> Response:
    """The response of `/readyz` of `portico worker`: 200 if the database takes changes, and has the newest migration,
    or a newer one on which this version works; else 503."""
    database = await _check(_database_takes_changes(engine))
    newest = await _check(_migrations_are_at_head(engine, migrations.head())) if database == "ok" else "unknown"
    is_ready = database == newest == "ok"
    checks = {"database": database, "migrations": newest}
    body = {"status": "ok" if is_ready else "not ready", "checks": checks, **_policy(policy_file)}
    return _response(200 if is_ready else 503, body)


def _reads_only(backend: Backend) -> dict[str, Any]:
    """While only reads are possible: for how many seconds more, and whether this process was started meanwhile."""
    replicas = backend.replicas
    if replicas is None or not replicas.reads_alone():
        return {}
    left = int(replicas.primary.alone_seconds_left)
    return {"readsOnly": {"secondsLeft": left, "startedMeanwhile": replicas.taken_over}}


def _policy(policy_file: PolicyFile) -> dict[str, Any]:
    """The active policy, and how often a new one was loaded and rejected. Findings are reduced to their places,
    because not everybody may read the rules."""
    rejection, rollback = policy_file.last_rejection, policy_file.rollback
    last = rejection and {
        "at": rejection.at.isoformat(timespec="seconds"),
        "findings": [f"{finding.file}:{finding.line}:{finding.column}" for finding in rejection.findings],
    }
    return {
        "policyVersion": policy_file.policy.version,
        "policyErrors": policy_file.policy.errors,
        "policyRolledBackAt": rollback and rollback.at.isoformat(timespec="seconds"),
        "policyReloads": {"taken": policy_file.taken, "refused": policy_file.rejected, "lastRefusal": last},
    }


async def _database_responds(backend: Backend) -> str:
    return "read-only" if await backend.pool.fetchval(_IS_REPLICA) else "ok"


async def _database_takes_changes(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        return "read-only" if await connection.scalar(text(_IS_REPLICA)) else "ok"


async def _migrations_are_at_head(engine: AsyncEngine, newest: str) -> str:
    async with engine.connect() as connection:
        current = await migrations.current(connection)
        if current == newest or migrations.can_serve(current, await migrations.read_floor(connection)):
            return "ok"
    return f"{current}, not {newest}"


async def _check(check: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check
    except Exception as error:  # noqa: BLE001
        if code_of(error) is HttpCode.INTERNAL:
            log.error("A readiness check failed", exc_info=error)
            return "failed"
        log.warning("A readiness check failed: %s", describe(error))
        if isinstance(error, UnsuitableConnection):
            return "unsuitable"
        return "restarting" if embedded.is_restarting() else "away"


def _response(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, media_type=JSON)
