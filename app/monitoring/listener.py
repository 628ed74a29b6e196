"""Serves `GET /metrics` on a port of its own, so that neither clients nor the proxy in front of them can reach it.

The port has `/healthz` and `/readyz`, too: `portico worker` has no other port, and with several workers on one address,
nothing else asks a certain one of them.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.background import run_in_background
from app.health import healthz, server_readiness, worker_readiness
from app.http.shell import Shell
from app.monitoring.collector import ServerCollector
from app.monitoring.database_figures import read_figures
from app.monitoring.sources import Sources, WorkerSources
from app.monitoring.worker_collector import WorkerCollector
from app.server.server import Server, ServerConfig
from app.settings import Settings


class MetricsServer(Server):
    """A server beside the main one of the process, which handles the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


@asynccontextmanager
async def serving_metrics(
    settings: Settings,
    listener: socket.socket | None,
    read: Callable[[], Awaitable[bytes]],
    readiness: Callable[[], Awaitable[Response]],
) -> AsyncIterator[None]:
    """Until the end of the block, serves on `listener`, if there is one, the metrics that `read` returns, and the
    response of `/readyz` that `readiness` returns."""
    if listener is None:
        yield
        return

    # However many ask at once, they hold one of the few reserved connections, which reads need.
    one_at_a_time = asyncio.Lock()

    async def metrics(_request: Request) -> Response:
        async with one_at_a_time:
            text = await read()
        return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    async def readyz(_request: Request) -> Response:
        return await readiness()

    addresses = {"/metrics": metrics, "/healthz": healthz, "/readyz": readyz}
    routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in addresses.items()]
    application = Shell(Starlette(routes=routes), {}, https=False)
    server = MetricsServer(ServerConfig(application, settings, lifespan="off"), exit_after_signal=False)
    async with run_in_background(server.serve(sockets=[listener])):
        yield


def server_metrics(settings: Settings, sources: Sources) -> AbstractAsyncContextManager[None]:
    """Serves the metrics of a server until the end of the block, if it has a socket for them."""

    def readiness() -> Awaitable[Response]:
        return server_readiness(sources.backend(), sources.policy_file)

    return serving_metrics(settings, sources.listening.metrics, lambda: exposition(sources), readiness)


def worker_metrics(
    settings: Settings, listener: socket.socket | None, sources: WorkerSources
) -> AbstractAsyncContextManager[None]:
    """Serves the metrics of `portico worker` on `listener`, if there is one, until the end of the block."""

    def readiness() -> Awaitable[Response]:
        return worker_readiness(sources.engine, sources.policy_file)

    return serving_metrics(settings, listener, lambda: worker_exposition(sources), readiness)


async def exposition(sources: Sources) -> bytes:
    """Returns the metrics of a server in the text format of Prometheus."""
    return _text(ServerCollector(sources, await read_figures(sources.backend().reserved_engine)))


async def worker_exposition(sources: WorkerSources) -> bytes:
    """Returns the metrics of `portico worker` in the same format."""
    return _text(WorkerCollector(sources, await read_figures(sources.engine)))


def _text(own: Collector) -> bytes:
    """The text of the metrics that `own` collects, and of those of the process and of the interpreter."""
    registry = CollectorRegistry()
    registry.register(own)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return generate_latest(registry)
