"""Sends what is in the outbox, until it is told to stop. Any number of workers may run, in any processes."""

import asyncio
import logging
from datetime import UTC, datetime

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import end_tasks, wait_for_event
from app.mail.message import MailObsolete, MessageRenderer
from app.mail.retry import GiveUp, next_try
from app.mail.settings import MailSettings
from app.mail.smtp import SmtpTransport, parse_smtp_url
from app.mail.transport import FileTransport, NotDelivered, Transport
from app.mail.wakeup import WakeupEvent
from resolvers.outbox_queue import ClaimedMail, claim

log = logging.getLogger("portico.mail")

GRACE = 5.0
FIRST_OUTAGE_PAUSE = 1.0
LONGEST_OUTAGE_PAUSE = 30.0
DATABASE_AWAY = (SQLAlchemyError, PostgresError, InterfaceError, OSError)


async def run(engine: AsyncEngine, settings: MailSettings, stop: asyncio.Event) -> None:
    """Send mails until `stop` is set; then what is on its way gets a few seconds, and what is not done stays queued.

    Takes up to `settings.lanes` + 1 connections of `engine`'s pool. A database that is away is waited for. Raises
    ValueError at once when the SMTP URL can't be read.
    """
    worker = Worker(engine, MessageRenderer(settings), transport(settings))
    bell = WakeupEvent()
    async with asyncio.TaskGroup() as group:
        listener = group.create_task(bell.listen(engine, settings.poll))
        lanes = [group.create_task(_run_slot(worker, bell, settings.poll, stop)) for _ in range(settings.concurrency)]
        await stop.wait()
        bell.notify()
        await asyncio.wait(lanes, timeout=GRACE)
        await end_tasks((listener, *lanes))


def transport(settings: MailSettings) -> Transport:
    """How mails leave under these settings. Raises ValueError when the SMTP URL can't be read."""
    if settings.smtp_url:
        return SmtpTransport(parse_smtp_url(settings.smtp_url), settings.timeout)
    return FileTransport(settings.folder)


class Worker:
    """Sends one mail at a time; several may be called at once."""

    def __init__(self, engine: AsyncEngine, writer: MessageRenderer, carrier: Transport) -> None:
        self.engine = engine
        self.writer = writer
        self.carrier = carrier

    async def send_next(self) -> bool:
        """Try to send one mail that is due. False when none is."""
        async with claim(self.engine) as claimed:
            if claimed is None:
                return False
            await self._try(claimed)
            return True

    async def _try(self, claimed: ClaimedMail) -> None:
        mail = claimed.mail
        try:
            reply = await self.carrier.deliver(self.writer.render(mail, datetime.now(UTC)))
        except MailObsolete as moot:
            await self._after_failure(claimed, str(moot), permanent=True)
        except NotDelivered as failure:
            await self._after_failure(claimed, failure.reply, permanent=failure.permanent)
        except Exception as error:
            log.exception("Mail %s can't be written", mail.id)
            await self._after_failure(claimed, f"The mail can't be written: {type(error).__name__}", permanent=False)
        else:
            log.info("Mail %s (%s) left: %s", mail.id, mail.kind.value, reply)
            await claimed.sent(reply)

    async def _after_failure(self, claimed: ClaimedMail, reply: str, *, permanent: bool) -> None:
        mail = claimed.mail
        decision = next_try(mail.attempts + 1, permanent=permanent)
        log.warning("Mail %s not sent at try %d, %s: %s", mail.id, mail.attempts + 1, decision, reply)
        if isinstance(decision, GiveUp):
            await claimed.failed(reply)
        else:
            await claimed.retry(decision.time, reply)


async def _run_slot(worker: Worker, bell: WakeupEvent, poll: float, stop: asyncio.Event) -> None:
    outage = 0.0
    while not stop.is_set():
        ring = bell.next_wakeup()
        try:
            busy = await worker.send_next()
            outage = 0.0
        except DATABASE_AWAY as error:
            outage = min(outage * 2 or FIRST_OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE)
            log.warning("The database is away (%s); the next look is in %g seconds.", type(error).__name__, outage)
            await wait_for_event(stop, outage)
            continue
        if not busy:
            await wait_for_event(ring, poll)
