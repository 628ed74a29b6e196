"""Runs the mail worker, in a server or in a process of its own, and restarts it after a crash."""

import asyncio
import logging

from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import wait_for_event
from app.background_metrics import BackgroundMetrics, Task
from app.mail import worker
from app.mail.settings import MailSettings
from app.settings import Settings

log = logging.getLogger("portico")

RESTART_SECONDS = 5.0


async def run_mail_worker(
    settings: Settings, engine: AsyncEngine, stop: asyncio.Event, metrics: BackgroundMetrics
) -> None:
    """Runs the mail worker until `stop` is set. After an unexpected error, it starts again."""
    while not stop.is_set():
        try:
            await worker.run(engine, mail_settings(settings), stop, metrics)
        except Exception:
            metrics.start(Task.MAILS).fail()
            log.exception("The mail worker crashed; it restarts in %g seconds.", RESTART_SECONDS)
            await wait_for_event(stop, RESTART_SECONDS)


def mail_settings(settings: Settings) -> MailSettings:
    """Returns the part of the settings that the mail worker needs."""
    return MailSettings(
        secret_key=settings.key(),
        base_url=settings.address(),
        sender=settings.mail_from,
        folder=settings.data_dir / "mail",
        smtp_url=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
    )
