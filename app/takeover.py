"""How a server process starts while the primary is away: it takes over what another one knew.

What a start does on the primary is checked on a replica instead (the schema, and whether a rollback of the policy is in
effect), vouched for by the MAC of the handover (the secret key, and that the addresses are those of before), or done as
soon as the primary is back (`app/cli/opening.py`).
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

import migrations
from app.backend import SETTLE_SECONDS, handover_file, replicas_of
from app.database.errors import DATABASE_ERRORS
from app.database.replication.clock import now
from app.database.replication.handover import Handover, HandoverRefused, Takeover
from app.database.replication.replicas import Replicas
from app.database.replication.start import PrimaryAway, why_away
from app.policy.history import mark_of
from app.settings import Settings
from resolvers.policy_analysis.history import Rollback, newest_rollback
from resolvers.prepared_statement import single_statements

log = logging.getLogger("portico.replicas")


async def take_over_if_away(settings: Settings) -> Takeover | None:
    """Returns None if the primary can be reached, or if these settings don't let reads go on without it. Otherwise
    returns what this process can start with. Raises PrimaryAway if there is nothing that it may start with: it would
    take requests that only other processes can answer."""
    if not settings.reads_without_primary():
        return None
    asked_since = now()
    reason = await why_away(settings.database())
    if reason is None:
        return None
    try:
        return await _take_over(settings, reason, asked_since)
    except HandoverRefused as refused:
        _refuse(reason, str(refused), refused)
    except DATABASE_ERRORS as error:
        _refuse(reason, f"the replicas failed ({type(error).__name__})", error)


def _refuse(reason: str, why: str, cause: BaseException) -> NoReturn:
    raise PrimaryAway(
        f"the primary (DATABASE_URL) can't be reached ({reason}), so this process doesn't start: it can't take over "
        f"from one that was running before, because {why}. Processes that run go on reading for "
        "PORTICO_READ_WITHOUT_PRIMARY. Bring the primary back, or promote a replica and let DATABASE_URL lead to it"
    ) from cause


async def _take_over(settings: Settings, reason: str, asked_since: float) -> Takeover | None:
    file, alone_seconds = handover_file(settings), settings.read_without_primary.total_seconds()
    handover = await asyncio.to_thread(file.read, alone_seconds, asked_since)
    replicas = replicas_of(settings)
    assert replicas is not None
    replicas.take_over(handover.reached_at, file.standings(handover))
    async with replicas.followed():
        try:
            if not await replicas.wait_until_settled(SETTLE_SECONDS):
                return None
        except TimeoutError:
            raise HandoverRefused("no replica is as recent as those that were read from before") from None
        rollback = await _check_replica(replicas, handover)
        # Everything so far took its time.
        handover.check(now(), alone_seconds, asked_since)
        handover = replace(handover, asked_at=replicas.primary.asked_at)
    # This process has asked the primary, too: another one may take over from it, such as the workers of a supervisor.
    # If the file can't be written, this one reads nevertheless, and `OutageWatch` says so.
    with suppress(OSError):
        await asyncio.to_thread(file.write, handover)
    log.warning(
        "The primary (DATABASE_URL) can't be reached (%s). It was last reached %.0f seconds ago by another process, "
        "from which this one takes over: queries go on from read replicas for %.0f seconds more, and nothing can be "
        "changed.",
        reason,
        now() - handover.reached_at,
        replicas.primary.alone_seconds_left,
    )
    return Takeover(handover, rollback)


async def _check_replica(replicas: Replicas, handover: Handover) -> Rollback | None:
    """Returns the newest rollback of the policy. Raises HandoverRefused if it isn't the one that the former process
    knew, or if this program can't serve on the schema; and the errors of the database."""
    replica = replicas.choose()
    if replica is None:
        raise HandoverRefused("no replica responds any more")
    async with single_statements(replica.engine) as connection:
        await _check_schema(connection)
        rollback = await newest_rollback(connection)
    if mark_of(rollback) != handover.rollback:
        raise HandoverRefused(
            "the replica doesn't have the rollback of the policy that processes which run know of, or has one of which "
            "they don't know"
        )
    return rollback


async def _check_schema(connection: AsyncConnection) -> None:
    revision, floor = await migrations.current(connection), await migrations.read_floor(connection)
    if not migrations.can_serve(revision, floor):
        raise HandoverRefused(
            f"the database has the migration {revision}, and this version of Portico needs {migrations.head()}: start "
            "the version that was running before"
        )
