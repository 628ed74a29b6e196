"""The tasks that a server process runs beside its requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

from app.auth.bearer import flush_used_sessions
from app.backend import Backend
from app.background import end_tasks, repeat
from app.background_metrics import BackgroundMetrics
from app.mail_supervisor import run_mail_worker
from app.settings import Settings
from resolvers.callers.caller import Caller
from resolvers.cost_limits.leases import run_maintenance
from resolvers.identity.sessions import touch_sessions
from resolvers.identity.staff_requirement import end_staff_sessions_without_second_factor
from resolvers.rate_limits.database_counts import run_cleanup
from resolvers.transaction.unit_of_work import run_in_transaction

FLUSH_SECONDS = 60.0
STAFF_SECONDS = 60.0
STAFF_FAILURE = "Could not end the sessions of staff without a second factor"
MAIL_GRACE_SECONDS = 10.0

log = logging.getLogger("portico.sessions")


@asynccontextmanager
async def server_tasks(settings: Settings, backend: Backend, metrics: BackgroundMetrics) -> AsyncIterator[None]:
    """Until the end of the block, writes down when sessions were used, returns leases of cost, deletes counts of
    attempts that have ended, and compares the clock with the database's; ends sessions of staff without a second factor
    if the settings require one; and sends mail if the settings put the mail worker into the server."""

    async def touch(sessions: Collection[tuple[UUID, UUID]]) -> None:
        await run_in_transaction(backend.mutation_context, Caller(), lambda work: touch_sessions(work, sessions))

    stop = asyncio.Event()
    interval = min(FLUSH_SECONDS, settings.session_idle.total_seconds() / 4)
    flusher = asyncio.create_task(flush_used_sessions(backend.authentication, touch, interval))
    maintenance = asyncio.create_task(run_maintenance(backend.leases))
    cleanup = asyncio.create_task(run_cleanup(backend.attempts))
    clock = asyncio.create_task(backend.access_tokens.clock.follow(backend.reserved_engine))

    async def require_staff_factors() -> bool:
        # Again and again: until they are restarted with the setting, other servers start such sessions.
        work = end_staff_sessions_without_second_factor
        return await run_in_transaction(backend.mutation_context, Caller(), work) > 0

    required = (
        [asyncio.create_task(repeat(require_staff_factors, STAFF_SECONDS, log, STAFF_FAILURE))]
        if settings.staff_second_factor
        else []
    )
    sending = run_mail_worker(settings, backend.direct_engine, stop, metrics) if settings.mail_worker else None
    mail = None if sending is None else asyncio.create_task(sending)
    try:
        yield
    finally:
        stop.set()
        await end_tasks([flusher, maintenance, cleanup, clock, *required])
        if mail is not None:
            await asyncio.wait([mail], timeout=MAIL_GRACE_SECONDS)
            await end_tasks([mail])
