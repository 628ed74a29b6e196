"""The job of an access review: done once, by any process, whatever happens to the others, and as of one moment."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count, pairwise
from typing import Any
from uuid import UUID

import pytest

from authz.policy import Policy
from models import AccessReviewState
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.access_reviews import jobs, recorder, snapshot
from resolvers.mutations.access_reviews.export import ReviewProgress, find_review, read_progress
from resolvers.mutations.access_reviews.jobs import MAX_JOBS, claim
from resolvers.mutations.access_reviews.recorder import MAX_ATTEMPTS, record_next
from resolvers.mutations.access_reviews.snapshot import Progress
from resolvers.prepared_statement import PreparedStatement
from tests.support.access_reviews import ReviewDatabase
from tests.support.paths import POLICY
from tests.support.worlds.models import World, example

pytestmark = pytest.mark.invariant("access_reviews")

WORLD: World = example()
ADA, (ACME, GLOBEX) = WORLD.user("ada@acme.example"), WORLD.organizations
LAPSE = "UPDATE access_review_jobs SET due_at = now() - interval '1 second'"
SOON = 60
"""How long to wait for another task, in seconds."""


class Killed(BaseException):
    """The process dies: nothing of it runs any more."""


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database with the example; reviews are recorded in several batches."""
    monkeypatch.setattr(snapshot, "USERS_AT_ONCE", 3)
    database = ReviewDatabase(database_url)
    await database.fill(WORLD)
    yield database
    await database.engine.dispose()


async def progress_of(database: ReviewDatabase, review: UUID) -> ReviewProgress:
    async with database.engine.connect() as connection:
        return await read_progress(connection, review)


async def recorded_events(database: ReviewDatabase, review: UUID) -> list[Any]:
    events = await database.run("SELECT subject_id, changes FROM audit_events WHERE kind = 'access_review.recorded'")
    return [event["changes"] for event in events if event["subject_id"] == review]


async def contents(database: ReviewDatabase, review: UUID) -> list[tuple[Any, ...]]:
    """The entries, without what differs between two reviews of the same moment."""
    own = "id", "created_at", "review_id"
    entries = [entry._asdict() for entry in await database.entries(review)]
    return sorted(tuple(str(value) for name, value in entry.items() if name not in own) for entry in entries)


def kill_on_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    async def do(*_arguments: Any) -> None:
        raise Killed

    monkeypatch.setattr(recorder, "_do", do)


def kill_while_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def report(_progress: Progress, done: int, _total: int) -> None:
        if done == 2:
            raise Killed

    monkeypatch.setattr(Progress, "report", report)


def kill_when_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    async def finish(*_arguments: Any) -> None:
        raise Killed

    monkeypatch.setattr(jobs, "finish", finish)


@pytest.mark.parametrize(
    ("kill", "state"),
    [
        (kill_on_claim, AccessReviewState.RUNNING),
        (kill_while_recording, AccessReviewState.RUNNING),
        (kill_when_complete, AccessReviewState.COMPLETE),
    ],
)
async def test_another_process_takes_over_from_one_that_was_killed(
    database: ReviewDatabase, kill: Callable[[pytest.MonkeyPatch], None], state: AccessReviewState
) -> None:
    undisturbed = await database.create(ADA, ACME.id)
    review = await database.request(ADA, ACME.id)
    with pytest.MonkeyPatch.context() as patch:
        kill(patch)
        with pytest.raises(Killed):
            await record_next(database.writing, Caller())
    assert (await progress_of(database, review)).state is state
    if state is not AccessReviewState.COMPLETE:
        assert await database.entries(review) == []
        with pytest.raises(MutationRejected) as rejection:
            await database.sign_off(ADA, review)
        assert [problem.code for problem in rejection.value.problems] == [ErrorCode.NOT_COMPLETE]
        async with database.engine.connect() as connection:
            exported = await find_review(connection, ACME.id, None)
            assert exported is not None
            assert exported.id == undisturbed
            assert await find_review(connection, ACME.id, review) is None
    assert not await record_next(database.writing, Caller()), "the claim lasts"
    await database.run(LAPSE)
    assert await record_next(database.writing, Caller())
    assert (await progress_of(database, review)).state is AccessReviewState.COMPLETE
    assert await contents(database, review) == await contents(database, undisturbed)
    assert len(await recorded_events(database, review)) == 1
    assert await database.run("SELECT FROM access_review_jobs") == []
    await database.sign_off(ADA, review)


class PausedRecording:
    """A recording that waits after its second batch, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits, self.may_go_on = asyncio.Event(), asyncio.Event()
        execute_on, batches = PreparedStatement.execute_on, count(1)

        async def execute(statement: Any, *arguments: Any) -> Any:
            result = await execute_on(statement, *arguments)
            if "INSERT INTO access_review_entries" in statement.sql and next(batches) == 2:
                self.waits.set()
                await self.may_go_on.wait()
            return result

        monkeypatch.setattr(PreparedStatement, "execute_on", execute)


async def test_all_entries_are_as_of_one_moment(database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await contents(database, await database.create(ADA, ACME.id))
    paused = PausedRecording(monkeypatch)
    review = await database.request(ADA, ACME.id)
    recording = asyncio.create_task(record_next(database.writing, Caller()))
    async with asyncio.timeout(SOON):
        await paused.waits.wait()
    await database.run("DELETE FROM contract_grants")
    await database.run("UPDATE users SET email = 'x' || email, version = version + 1")
    await database.run("UPDATE contract_accounts SET name = 'New ' || name")
    async with asyncio.timeout(SOON):
        while not (running := await progress_of(database, review)).percent:
            await asyncio.sleep(0.05)
    assert (running.state, 0 < running.percent < 100) == (AccessReviewState.RUNNING, True)
    assert await database.entries(review) == []
    paused.may_go_on.set()
    assert await recording
    assert await contents(database, review) == before


@pytest.mark.parametrize(("at_once", "batches"), [(1, 10), (3, 4), (10, 1), (500, 1)])
async def test_users_are_recorded_in_batches(
    database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch, at_once: int, batches: int
) -> None:
    members = sorted(user.id for user in WORLD.users if user.organization_id == ACME.id)
    assert len(members) == 10
    monkeypatch.setattr(snapshot, "USERS_AT_ONCE", at_once)
    async with database.engine.connect() as connection:
        ranges = await snapshot._user_ranges(connection, ACME.id)
    assert len(ranges) == batches
    assert (ranges[0][0], ranges[-1][1]) == (members[0], members[-1])
    assert all(previous[1] < following[0] for previous, following in pairwise(ranges))


async def test_of_two_processes_that_record_one_review_one_succeeds(
    database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = await contents(database, await database.create(ADA, ACME.id))
    paused = PausedRecording(monkeypatch)
    review = await database.request(ADA, ACME.id)
    stalled = asyncio.create_task(record_next(database.writing, Caller()))
    async with asyncio.timeout(SOON):
        await paused.waits.wait()
    await database.run(LAPSE)
    assert await record_next(database.writing, Caller())
    paused.may_go_on.set()
    assert await stalled
    assert await contents(database, review) == undisturbed
    assert len(await recorded_events(database, review)) == 1
    assert (await progress_of(database, review)).state is AccessReviewState.COMPLETE


async def test_reviews_of_one_organization_are_recorded_one_at_a_time_in_order(database: ReviewDatabase) -> None:
    first, second = [await database.request(ADA, ACME.id) for _ in range(2)]
    other = await database.request(WORLD.users[0], GLOBEX.id)
    claimed = [await claim(database.engine) for _ in range(3)]
    assert [job and job.review_id for job in claimed] == [first, other, None]
    await database.run(LAPSE)
    assert await record_next(database.writing, Caller(), ACME.id)
    assert (await progress_of(database, first)).state is AccessReviewState.COMPLETE
    assert (await progress_of(database, second)).state is AccessReviewState.PENDING
    async with asyncio.TaskGroup() as group:
        claims = [group.create_task(claim(database.engine, ACME.id)) for _ in range(4)]
    assert [job.review_id for task in claims if (job := task.result())] == [second]


async def test_organizations_are_served_in_turn(database: ReviewDatabase) -> None:
    for _ in range(3):
        await database.request(ADA, ACME.id)
    await database.request(WORLD.users[0], GLOBEX.id)
    served = []
    while await database.run("SELECT FROM access_review_jobs"):
        assert await record_next(database.writing, Caller())
        [last] = await database.run(
            "SELECT organization_id FROM access_reviews ORDER BY recorded_at DESC NULLS LAST LIMIT 1"
        )
        served.append(last["organization_id"])
    assert served == [ACME.id, GLOBEX.id, ACME.id, ACME.id], "nobody waits for all reviews of another organization"


async def test_a_review_that_can_not_be_recorded_has_failed(
    database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = await database.request(ADA, ACME.id)

    async def record_entries(*_arguments: Any) -> None:
        raise ValueError("a secret of the server")

    with monkeypatch.context() as patch:
        patch.setattr(recorder, "record_entries", record_entries)
        for _ in range(MAX_ATTEMPTS):
            assert (await progress_of(database, review)).failure is None
            assert await record_next(database.writing, Caller())
            assert not await record_next(database.writing, Caller()), "the next attempt is after a pause"
            await database.run(LAPSE)
    failed = await progress_of(database, review)
    assert (failed.state, failed.failure) == (AccessReviewState.FAILED, recorder.FAILURE)
    assert await database.run("SELECT FROM access_review_jobs") == []
    with pytest.raises(MutationRejected) as rejection:
        await database.sign_off(ADA, review)
    assert [problem.code for problem in rejection.value.problems] == [ErrorCode.NOT_COMPLETE]


async def test_a_job_that_kills_each_process_ends(database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    review = await database.request(ADA, ACME.id)
    with monkeypatch.context() as patch:
        kill_while_recording(patch)
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(Killed):
                await record_next(database.writing, Caller())
            await database.run(LAPSE)
    assert await record_next(database.writing, Caller())
    assert (await progress_of(database, review)).state is AccessReviewState.FAILED


async def test_a_stopped_process_gives_its_job_back(database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    paused = PausedRecording(monkeypatch)
    review = await database.request(ADA, ACME.id)
    stopped = asyncio.create_task(record_next(database.writing, Caller()))
    async with asyncio.timeout(SOON):
        await paused.waits.wait()
    stopped.cancel()
    await asyncio.wait([stopped])
    assert await database.entries(review) == []
    [job] = await database.run("SELECT attempts, claim_id FROM access_review_jobs")
    assert tuple(job) == (0, None), "processes that are stopped don't make a review fail"
    assert await record_next(database.writing, Caller())
    assert (await progress_of(database, review)).state is AccessReviewState.COMPLETE


async def test_a_process_can_be_stopped_without_a_database(
    database: ReviewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.request(ADA, ACME.id)
    recording = asyncio.Event()

    async def record_entries(*_arguments: Any) -> None:
        recording.set()
        await asyncio.Event().wait()

    async def unreachable(*_arguments: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(recorder, "record_entries", record_entries)
    monkeypatch.setattr(jobs, "give_up", unreachable)
    stopped = asyncio.create_task(record_next(database.writing, Caller()))
    async with asyncio.timeout(SOON):
        await recording.wait()
    stopped.cancel()
    await asyncio.wait([stopped])
    assert stopped.cancelled()


async def test_a_review_names_the_policy_by_which_it_was_recorded(database: ReviewDatabase) -> None:
    review = await database.request(ADA, ACME.id)
    policy = Policy(POLICY.read_text() + "\n# edited\n", POLICY.name)
    assert await record_next(replace(database.writing, policy=policy), Caller())
    [row] = await database.run(f"SELECT policy_version FROM access_reviews WHERE id = '{review}'")
    assert row["policy_version"] == policy.version != database.writing.policy.version


async def test_only_some_reviews_of_an_organization_wait(database: ReviewDatabase) -> None:
    for _ in range(MAX_JOBS):
        await database.request(ADA, ACME.id)
    database.writing = replace(database.writing, limits=type(database.writing.limits)())
    with pytest.raises(MutationRejected) as rejection:
        await database.request(ADA, ACME.id)
    assert [problem.code for problem in rejection.value.problems] == [ErrorCode.LIMIT_REACHED]
    await database.request(WORLD.users[0], GLOBEX.id)
