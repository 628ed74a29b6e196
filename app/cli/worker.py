"""`portico worker`."""

import asyncio
import logging
import signal
import socket
from contextlib import AbstractContextManager, nullcontext

from app.backend import CLOSE_SECONDS
from app.background import end_within, run_in_background
from app.background_metrics import BackgroundMetrics
from app.background_work import background_work
from app.cli.database import open_database
from app.cli.opening import end_process
from app.cli.output import load_policy_with_progress
from app.data_folder import policy_check_cache
from app.database.pools import create_write_engine
from app.egress.client import EgressClient
from app.logging import configure, log_failures
from app.mail_supervisor import run_mail_worker
from app.monitoring.listener import worker_metrics
from app.monitoring.sources import WorkerSources
from app.openid.relying_party import relying_party_of
from app.policy.history import PolicyHistory
from app.policy.policy_file import PolicyFile
from app.server.sockets import listening
from app.service_manager import ServiceManager, service_manager
from app.settings import Settings, load
from app.threads import abandon_threads_at_the_end
from authz.policy import Policy
from resolvers.rate_limits.database_counts import DatabaseCounts
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico")


def worker() -> None:
    """Send mail and events, record access reviews and look after access and requests for it until stopped.

    You can run any number of workers, beside servers with PORTICO_MAIL_WORKER=false.
    """
    settings, manager = load(), service_manager()
    configure(settings.log_level, settings.log_format)
    log_failures()
    # Opened first, so that a port in use is reported before anything is started.
    with _metrics_listener(settings) as listener:
        policy = load_policy_with_progress(settings, logged=True)
        with open_database(settings) as settings:
            asyncio.run(_work(settings, policy, manager, listener))
    end_process(0)


def _metrics_listener(settings: Settings) -> AbstractContextManager[socket.socket | None]:
    """The socket from which Prometheus reads metrics, if the settings have a port for it."""
    port = settings.worker_metrics_port
    return nullcontext() if port is None else listening(settings.metrics_host, port)


async def _work(settings: Settings, policy: Policy, manager: ServiceManager, listener: socket.socket | None) -> None:
    abandon_threads_at_the_end()
    stop = asyncio.Event()

    def end() -> None:
        manager.stopping()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    engine = create_write_engine(settings.database(), max_connections=settings.write_connections)
    # A worker follows rollbacks. The history is that of servers: nobody runs its `run`, so a worker writes nothing.
    policy_file = PolicyFile(
        settings.policy, policy, lambda _policy: None, policy_check_cache(settings.data_dir), PolicyHistory(engine)
    )

    # The mails that users cause count together with those of the servers.
    limits = RateLimiter(counts=DatabaseCounts(engine, settings.key()))

    relying_party = relying_party_of(settings, EgressClient(settings.egress()))

    def context() -> MutationContext:
        return MutationContext(
            engine,
            policy_file.policy,
            settings.key(),
            mail_domain=settings.mail_domain(),
            lifetimes=settings.lifetimes(),
            limits=limits,
            relying_party=relying_party,
        )

    background = BackgroundMetrics()
    tasks = [*background_work(settings, context, background), policy_file.follow_rollbacks()]
    if settings.policy_watch:
        tasks.append(policy_file.watch())
    log.info("Sending mail; its links begin with %s", settings.address())
    try:
        await policy_file.start()
        sources = WorkerSources(engine, policy_file, background)
        async with run_in_background(*tasks, manager.report_alive()), worker_metrics(settings, listener, sources):
            manager.ready()
            await run_mail_worker(settings, engine, stop, background)
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connections")
