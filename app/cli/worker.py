"""`portico worker`."""

import asyncio
import logging
import signal

from app.backend import CLOSE_SECONDS
from app.background import end_within
from app.cli.database import open_database
from app.database.pools import create_write_engine
from app.logging import configure, log_failures
from app.mail_supervisor import run_mail_worker
from app.settings import Settings, load

log = logging.getLogger("portico")


def worker() -> None:
    """Send mail until stopped. You can run any number of workers, beside servers with PORTICO_MAIL_WORKER=false."""
    settings = load()
    configure(settings.log_level)
    log_failures()
    with open_database(settings) as settings:
        asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = create_write_engine(settings.database(), max_connections=settings.write_connections)
    log.info("Sending mail; its links begin with %s", settings.address())
    try:
        await run_mail_worker(settings, engine, stop)
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connections")
