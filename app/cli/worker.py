"""`portico worker`."""

import asyncio
import logging
import signal

from app.backend import CLOSE_SECONDS, send_mail
from app.background import end_within
from app.cli.database import database_of
from app.database.pools import writing_engine
from app.logging import configure
from app.settings import Settings, load

log = logging.getLogger("portico")


def worker() -> None:
    """Send mail until stopped. Any number of workers may run, beside servers with PORTICO_MAIL_WORKER=false."""
    settings = load()
    configure(settings.log_level)
    with database_of(settings) as settings:
        asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = writing_engine(settings.database(), size=settings.write_connections)
    log.info("Sending mail; the links in it begin with %s", settings.address())
    try:
        await send_mail(settings, engine, stop)
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connections")
