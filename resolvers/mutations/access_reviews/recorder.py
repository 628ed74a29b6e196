"""Does the job of an access review: records it, keeps the claim meanwhile, and tries again after a failure."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from models import AccessReviewState
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews import jobs
from resolvers.mutations.access_reviews.jobs import LEASE, ClaimedJob, JobLost
from resolvers.mutations.access_reviews.snapshot import Progress, record_entries
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

log = logging.getLogger("portico.access_reviews")

MAX_ATTEMPTS: Final = 3
RETRY_PAUSE: Final = timedelta(seconds=10)
FAILURE: Final = "The access could not be recorded. Create a new review, or ask the operator, whose log has the cause."


async def record_next(context: MutationContext, caller: Caller, organization_id: UUID | None = None) -> bool:
    """Does one job that is due, with `organization_id` only of this organization. Returns False if none is due.

    The access is that under the policy of `context`. `caller` is recorded in the audit event. After `MAX_ATTEMPTS`
    failures, or deaths of processes, the review has failed. Raises the errors of a lost database connection; then the
    job is claimed again when the claim ends.
    """
    job = await jobs.claim(context.engine, organization_id)
    if job is None:
        return False
    try:
        await _do(context, caller, job)
    except JobLost:
        log.warning("Another process records access review %s now.", job.review_id)
    except asyncio.CancelledError:
        await _give_up(context, job)
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        await _after_failure(context, caller, job, error)
    except Exception as error:  # noqa: BLE001
        await _after_failure(context, caller, job, error)
    return True


async def _give_up(context: MutationContext, job: ClaimedJob) -> None:
    """Gives the job of a process that is being stopped to the next one."""
    try:
        await jobs.give_up(context.engine, job)
    except (DBAPIError, OSError) as error:
        log.warning("Access review %s is claimed until its lease ends (%s).", job.review_id, type(error).__name__)


async def _do(context: MutationContext, caller: Caller, job: ClaimedJob) -> None:
    state = await run_in_transaction(context, caller, lambda work: jobs.state_of(work, job))
    if state is not AccessReviewState.COMPLETE:
        if job.attempts > MAX_ATTEMPTS:
            log.error("Access review %s failed: each process that recorded it has died.", job.review_id)
            await run_in_transaction(context, caller, lambda work: jobs.fail(work, job, FAILURE))
            return
        async with _claim_kept(context, job) as progress:
            await record_entries(context, job, progress)
    await run_in_transaction(context, caller, lambda work: jobs.finish(work, job))
    log.info("Recorded access review %s of organization %s", job.review_id, job.organization_id)


async def _after_failure(context: MutationContext, caller: Caller, job: ClaimedJob, error: Exception) -> None:
    log.error("Recording access review %s failed at attempt %d", job.review_id, job.attempts, exc_info=error)
    if job.attempts < MAX_ATTEMPTS:
        await jobs.release(context.engine, job, RETRY_PAUSE * job.attempts)
    else:
        await run_in_transaction(context, caller, lambda work: jobs.fail(work, job, FAILURE))


@asynccontextmanager
async def _claim_kept(context: MutationContext, job: ClaimedJob) -> AsyncIterator[Progress]:
    """Renews the claim while the block runs, with the progress that the block reports. Raises JobLost, also into the
    block."""
    progress = Progress()

    async def renew() -> None:
        while True:
            if not await jobs.renew(context.engine, job, progress.percent):
                raise JobLost
            await progress.wait(LEASE.total_seconds() / 3)

    try:
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(renew())
            yield progress
            renewing.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
