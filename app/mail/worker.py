"""Sends the mails in the outbox until it is stopped. Any number of workers may run, in any processes."""

import asyncio
import logging
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import end_tasks, wait_for_event
from app.background_metrics import BackgroundMetrics, MailOutcome, Rounds, Task
from app.database.errors import DATABASE_ERRORS
from app.mail.message import MailObsolete, MessageRenderer
from app.mail.retry import GiveUp, next_try
from app.mail.settings import MailSettings
from app.mail.smtp import SmtpTransport, parse_smtp_url
from app.mail.transport import FileTransport, NotDelivered, Transport
from app.mail.wakeup import WakeupEvent
from resolvers.outbox_queue import ClaimedMail, DueMail, claim, printable_reply

log = logging.getLogger("portico.mail")

GRACE = 5.0
FIRST_OUTAGE_PAUSE = 1.0
LONGEST_OUTAGE_PAUSE = 30.0


async def run(
    engine: AsyncEngine, settings: MailSettings, stop: asyncio.Event, metrics: BackgroundMetrics | None = None
) -> None:
    """Send mails until `stop` is set. Mails in progress then get a few seconds; unsent ones stay queued.

    Takes up to `settings.concurrency` + 1 connections of `engine`'s pool. Waits while the database is unavailable.
    Raises ValueError at once if the SMTP URL can't be read.
    """
    metrics = BackgroundMetrics() if metrics is None else metrics
    worker = Worker(engine, MessageRenderer(settings), create_transport(settings), metrics)
    rounds = metrics.start(Task.MAILS)
    wakeup = WakeupEvent()
    async with asyncio.TaskGroup() as group:
        listener = group.create_task(wakeup.listen(engine, settings.poll))
        slots = [
            group.create_task(_run_slot(worker, wakeup, settings.poll, stop, rounds))
            for _ in range(settings.concurrency)
        ]
        await stop.wait()
        wakeup.notify()
        await asyncio.wait(slots, timeout=GRACE)
        await end_tasks((listener, *slots))


def create_transport(settings: MailSettings) -> Transport:
    """The transport for these settings. Raises ValueError if the SMTP URL can't be read."""
    if settings.smtp_url:
        return SmtpTransport(parse_smtp_url(settings.smtp_url), settings.timeout)
    return FileTransport(settings.folder)


class Worker:
    """Sends one mail per call, and counts it in `metrics`. Safe to call concurrently."""

    def __init__(
        self,
        engine: AsyncEngine,
        renderer: MessageRenderer,
        transport: Transport,
        metrics: BackgroundMetrics | None = None,
    ) -> None:
        self.engine = engine
        self.renderer = renderer
        self.transport = transport
        self.metrics = BackgroundMetrics() if metrics is None else metrics

    async def send_next(self) -> bool:
        """Try to send one due mail. Returns False if none is due."""
        async with claim(self.engine) as claimed:
            if claimed is None:
                return False
            await self._try(claimed)
            return True

    async def _try(self, claimed: ClaimedMail) -> None:
        mail, doing = claimed.mail, "rendered"
        try:
            message = self.renderer.render(mail, datetime.now(UTC))
            doing = "sent"
            reply = await self.transport.deliver(message)
        except MailObsolete as obsolete:
            await self._after_failure(claimed, str(obsolete), permanent=True)
        except NotDelivered as failure:
            await self._after_failure(claimed, failure.reply, permanent=failure.permanent)
        except Exception as error:
            log.exception("Mail %s can't be %s", mail.id, doing)
            await self._after_failure(claimed, f"The mail can't be {doing}: {type(error).__name__}", permanent=False)
        else:
            log.info("Sent mail %s (%s): %s", mail.id, mail.kind.value, printable_reply(reply))
            await claimed.sent(reply)
            self._count(mail, MailOutcome.SENT)

    async def _after_failure(self, claimed: ClaimedMail, reply: str, *, permanent: bool) -> None:
        mail = claimed.mail
        decision = next_try(mail.attempts + 1, permanent=permanent)
        log.warning(
            "Mail %s not sent at attempt %d (%s): %s", mail.id, mail.attempts + 1, decision, printable_reply(reply)
        )
        if isinstance(decision, GiveUp):
            await claimed.failed(reply)
            self._count(mail, MailOutcome.GIVEN_UP)
        else:
            await claimed.retry(decision.time, reply)
            self._count(mail, MailOutcome.DEFERRED)

    def _count(self, mail: DueMail, outcome: MailOutcome) -> None:
        self.metrics.mails[mail.kind, outcome] += 1


async def _run_slot(worker: Worker, wakeup: WakeupEvent, poll: float, stop: asyncio.Event, rounds: Rounds) -> None:
    outage = 0.0
    while not stop.is_set():
        next_wakeup = wakeup.next_wakeup()
        try:
            busy = await worker.send_next()
            rounds.end()
            outage = 0.0
        except DATABASE_ERRORS as error:
            outage = min(outage * 2 or FIRST_OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE)
            rounds.fail()
            log.warning("Looking for mails failed (%s); trying again in %g seconds", type(error).__name__, outage)
            await wait_for_event(stop, outage)
            continue
        if not busy:
            await wait_for_event(next_wakeup, poll)
