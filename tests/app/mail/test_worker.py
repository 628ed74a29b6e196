"""The worker: it wakes for new mail, shares the queue, loses nothing, and outlives its database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.background_metrics import BackgroundMetrics
from app.database.errors import DATABASE_ERRORS
from app.database.pools import normalize_url
from app.mail import worker
from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.transport import NotDelivered, OutgoingMessage
from app.mail.worker import Worker
from models import MailKind
from resolvers import outbox_queue
from resolvers.outbox_queue import claim
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, caller, make, new_user, rows, run

pytestmark = pytest.mark.invariant("outbox")


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    """A worker that hardly ever looks by itself: what wakes it is the notification."""
    return MailSettings(SECRET_KEY, "https://portico.example", "portico@portico.example", tmp_path / "mail", poll=3600)


class Carrier:
    """Takes every letter, after what `before` does with it."""

    def __init__(self, before: Callable[[OutgoingMessage], Awaitable[None]] | None = None) -> None:
        self.before = before
        self.taken: list[str] = []

    async def deliver(self, letter: OutgoingMessage) -> str:
        if self.before:
            await self.before(letter)
        self.taken.append(letter.recipient)
        return "taken"


@asynccontextmanager
async def running(writing: MutationContext, settings: MailSettings) -> AsyncIterator[asyncio.Task[None]]:
    """A worker; at the end of the block it is told to stop, and must."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(writing.engine, settings, stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    """Wait until `condition` is met; a test that waits for ever has found something."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.02)


async def invite(writing: MutationContext, *names: str) -> None:
    ada = await caller(writing, "ada@acme.example")
    for name in names:
        await make(writing, ada, new_user(f"{name}@acme.example"))


async def statuses(writing: MutationContext) -> list[str]:
    return [row.status for row in await rows(writing, "SELECT status FROM outbox_mails ORDER BY recipient")]


async def listening(writing: MutationContext) -> bool:
    try:
        listeners = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        return bool(await rows(writing, listeners))
    except DBAPIError:
        # This asks on connections that have just been cut.
        return False


async def test_a_commit_wakes_the_worker(writing: MutationContext, settings: MailSettings) -> None:
    async with running(writing, settings):
        await until(lambda: listening(writing))
        await invite(writing, "nora", "otto")

        async def all_sent() -> bool:
            return await statuses(writing) == ["SENT", "SENT"]

        await until(all_sent)
    assert len(list(settings.folder.iterdir())) == 2


async def test_queued_mail_is_sent_at_startup(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, "nora")
    async with running(writing, settings):

        async def sent() -> bool:
            return await statuses(writing) == ["SENT"]

        await until(sent)


async def test_two_workers_send_each_mail_once(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, "nora", "otto", "pepe", "quin")
    carrier = Carrier(lambda _: asyncio.sleep(0.01))

    async def work() -> None:
        while await Worker(writing.engine, MessageRenderer(settings), carrier).send_next():
            pass

    await asyncio.gather(work(), work(), work())
    assert sorted(carrier.taken) == [f"{name}@acme.example" for name in ("nora", "otto", "pepe", "quin")]
    assert await statuses(writing) == ["SENT"] * 4


async def test_a_mail_being_sent_is_not_claimed_again(writing: MutationContext) -> None:
    await invite(writing, "nora")
    async with claim(writing.engine) as first, claim(writing.engine) as second:
        assert first is not None
        assert second is None


@pytest.mark.parametrize("death", [asyncio.CancelledError(), MemoryError()])
async def test_a_worker_that_dies_while_sending_loses_no_mail(
    writing: MutationContext, settings: MailSettings, death: BaseException
) -> None:
    await invite(writing, "nora")

    async def die(_: OutgoingMessage) -> None:
        raise death

    dying = Worker(writing.engine, MessageRenderer(settings), Carrier(die))
    if isinstance(death, asyncio.CancelledError):
        with pytest.raises(asyncio.CancelledError):
            await dying.send_next()
    else:
        await dying.send_next()
        await run(writing, "UPDATE outbox_mails SET next_attempt_at = now()")
    heir = Carrier()
    assert await Worker(writing.engine, MessageRenderer(settings), heir).send_next()
    assert heir.taken == ["nora@acme.example"]
    assert await statuses(writing) == ["SENT"]


async def test_a_connection_lost_while_sending_loses_no_mail(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, "nora")
    messages: list[Any] = []

    async def cut(letter: OutgoingMessage) -> None:
        messages.append(letter.message["Message-ID"])
        if len(messages) == 1:
            await cut_connections(writing)

    carrier = Carrier(cut)
    breaking = Worker(writing.engine, MessageRenderer(settings), carrier)
    with pytest.raises(DATABASE_ERRORS):
        await breaking.send_next()
    assert await statuses(writing) == ["QUEUED"]
    assert await breaking.send_next()
    assert await statuses(writing) == ["SENT"]
    assert messages[0] == messages[1]


async def cut_connections(writing: MutationContext) -> None:
    """End every connection to this database but the one that asks."""
    await run(
        writing,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def test_the_worker_survives_a_database_outage(
    writing: MutationContext, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FIRST_OUTAGE_PAUSE", 0.05)
    async with running(writing, replace(settings, poll=0.05)):
        await until(lambda: listening(writing))
        for name in ("nora", "otto"):
            await cut_connections(writing)
            await until(lambda: listening(writing))
            await invite(writing, name)

            async def all_sent() -> bool:
                return set(await statuses(writing)) == {"SENT"}

            await until(all_sent)


async def test_a_slow_mail_server_is_not_an_idle_transaction(
    writing: MutationContext, settings: MailSettings, demo_database_url: str
) -> None:
    """Where the operator ends idle transactions early, a mail must not leave again and again."""
    await invite(writing, "nora")
    impatient = {"idle_in_transaction_session_timeout": "300"}
    connect = partial(asyncpg.connect, normalize_url(demo_database_url), server_settings=impatient)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    slow = Carrier(lambda _: asyncio.sleep(0.6))
    assert await Worker(engine, MessageRenderer(settings), slow).send_next()
    await engine.dispose()
    assert await statuses(writing) == ["SENT"]


async def test_a_worker_that_hangs_does_not_keep_its_mail(
    writing: MutationContext, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does one whose machine is gone without a word."""
    await invite(writing, "nora")
    monkeypatch.setattr(outbox_queue, "CLAIM_SECONDS", 0.3)
    heir, hung = Worker(writing.engine, MessageRenderer(settings), Carrier()), claim(writing.engine)
    assert await hung.__aenter__()
    await until(heir.send_next)
    assert await statuses(writing) == ["SENT"]
    with pytest.raises(DBAPIError):
        await hung.__aexit__(None, None, None)


async def test_a_worker_with_a_malformed_url_does_not_start(writing: MutationContext, settings: MailSettings) -> None:
    with pytest.raises(ValueError, match="SMTP URL"):
        await worker.run(writing.engine, replace(settings, smtp_url="http://mail.example"), asyncio.Event())


async def test_stopping_waits_for_mails_in_progress(
    writing: MutationContext, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await invite(writing, "nora")
    on_its_way, arrive = asyncio.Event(), asyncio.Event()

    async def slow(_: OutgoingMessage) -> None:
        on_its_way.set()
        await arrive.wait()

    carrier = Carrier(slow)
    monkeypatch.setattr(worker, "create_transport", lambda _: carrier)
    async with running(writing, settings):
        await on_its_way.wait()
        asyncio.get_running_loop().call_later(0.05, arrive.set)
    assert await statuses(writing) == ["SENT"]


async def test_a_failure_is_recorded_in_the_row(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, "nora")

    async def refuse(_: OutgoingMessage) -> None:
        raise NotDelivered("x" * 10_000 + "\0")

    await Worker(writing.engine, MessageRenderer(settings), Carrier(refuse)).send_next()
    [mail] = await rows(writing, "SELECT server_reply FROM outbox_mails")
    assert mail.server_reply == "x" * 500


async def test_attempts_are_counted_by_what_became_of_them(writing: MutationContext, settings: MailSettings) -> None:
    metrics = BackgroundMetrics()

    async def send(carrier: Carrier) -> None:
        await invite(writing, f"user{len(metrics.mails)}")
        assert await Worker(writing.engine, MessageRenderer(settings), carrier, metrics).send_next()

    async def refuse(_: OutgoingMessage) -> None:
        raise NotDelivered("no such mailbox", permanent=True)

    async def postpone(_: OutgoingMessage) -> None:
        raise NotDelivered("come back later")

    for carrier in (Carrier(), Carrier(refuse), Carrier(postpone)):
        await send(carrier)
    kind = MailKind.USER_ACTIVATION
    assert metrics.mails == {(kind, "sent"): 1, (kind, "given up"): 1, (kind, "deferred"): 1}
